/**
 * One call over HTTP: the key it keeps while it is tried again, and when it is.
 *
 * The rule: a write gets one Idempotency-Key for its whole life, so that trying again after a lost answer finds what the
 * first try did. Tried again: no answer, 202, 429, 502, 503, 504, and 409 `idempotency_key_in_use`.
 */
import { ConnectionError, ProtocolError, errorOf, isObject } from './errors.js'
import { VERSION } from './version.js'

/**
 * `accepted`: 202 is the answer itself, what was asked for is queued.
 * @typedef {{method: string, path: string, query?: Record<string, unknown>, body?: unknown, accepted?: boolean}} Call
 */
/** @typedef {import('../index.d.ts').CallOptions} CallOptions */

const AGAIN = new Set([202, 429, 502, 503, 504])
const MAX_WAIT_SECONDS = 60
const FIRST_BACKOFF_SECONDS = 0.25
const MAX_BACKOFF_SECONDS = 5

export class Transport {
  /** @param {import('../index.d.ts').CommerceOptions} options */
  constructor(options) {
    const { apiKey } = options
    if (typeof apiKey !== 'string' || apiKey === '') throw new TypeError('apiKey is needed: new Commerce({ apiKey })')
    this.baseUrl = (options.baseUrl ?? environment('ORDERMILL_API_URL') ?? 'http://127.0.0.1:8000').replace(/\/+$/, '')
    this.maxRetries = options.maxRetries ?? 4
    this.timeoutMs = options.timeoutMs ?? 60_000
    this.fetch = options.fetch ?? globalThis.fetch
    this.sleep = options.sleep ?? sleep
    // Hidden from console.log and JSON.stringify of the client.
    this.authorization = () => `Bearer ${apiKey}`
  }

  /**
   * The body of the final answer, its ETag on it as a hidden property.
   * @param {Call} call
   * @param {CallOptions} [options]
   * @returns {Promise<any>}
   */
  async send(call, options = {}) {
    const key = call.method === 'GET' ? null : (options.idempotencyKey ?? globalThis.crypto.randomUUID())
    const request = this.request(call, options, key)
    for (let tried = 0; ; tried++) {
      const last = tried >= this.maxRetries
      const outcome = await this.attempt(request, key, options.signal, call.accepted)
      if ('value' in outcome) return outcome.value
      if (last || !outcome.again) throw outcome.error
      await this.sleep(outcome.waitSeconds ?? backoff(tried), options.signal)
    }
  }

  /** @param {Call} call @param {CallOptions} options @param {string | null} key */
  request(call, options, key) {
    const headers = new Headers({ Authorization: this.authorization(), Accept: 'application/json' })
    // Browsers keep their own.
    headers.set('User-Agent', `ordermill-js/${VERSION}`)
    if (key !== null) headers.set('Idempotency-Key', key)
    if (options.ifMatch !== undefined) headers.set('If-Match', options.ifMatch)
    /** @type {RequestInit} */
    const init = { method: call.method, headers, redirect: 'manual' }
    if (call.method !== 'GET') {
      headers.set('Content-Type', 'application/json')
      init.body = JSON.stringify(call.body ?? {})
    }
    return { url: `${this.baseUrl}${call.path}${queryOf(call.query)}`, init }
  }

  /**
   * @param {{url: string, init: RequestInit}} request
   * @param {string | null} key
   * @param {AbortSignal} [signal]
   * @param {boolean} [accepted]
   * @returns {Promise<{value: unknown} | {error: Error, again: boolean, waitSeconds?: number | undefined}>}
   */
  async attempt(request, key, signal, accepted = false) {
    signal?.throwIfAborted()
    const limit = limited(this.timeoutMs, signal)
    try {
      const response = await this.fetch(request.url, { ...request.init, signal: limit.signal })
      return judged(response, await response.text(), key, accepted)
    } catch (cause) {
      signal?.throwIfAborted()
      const message = `no answer from ${this.baseUrl}: ${reason(cause)}`
      const fields = { code: 'connection_error', status: 0, idempotencyKey: key, cause }
      return { error: new ConnectionError(message, fields), again: true }
    } finally {
      limit.done()
    }
  }
}

/** @param {Response} response @param {string} text @param {string | null} key @param {boolean} accepted */
function judged(response, text, key, accepted) {
  const body = parsed(text)
  const { status } = response
  if (status === 204) return { value: undefined }
  if (response.ok && (status !== 202 || accepted)) {
    if (isObject(body)) return { value: tagged(body, response.headers.get('ETag')) }
    const requestId = response.headers.get('X-Request-Id')
    const fields = { code: 'invalid_response', status, requestId, idempotencyKey: key }
    return { error: new ProtocolError('the answer is no JSON object: is baseUrl an engine?', fields), again: false }
  }
  const error = errorOf(response, body, key)
  const again = AGAIN.has(status) || (status === 409 && error.code === 'idempotency_key_in_use')
  return { error, again, waitSeconds: retryAfter(response.headers.get('Retry-After')) }
}

/**
 * The version rides along unseen: printed, compared and sent back, the object is what the engine answered.
 * @param {Record<string, unknown>} body @param {string | null} etag
 */
function tagged(body, etag) {
  if (etag !== null) Object.defineProperty(body, 'etag', { value: etag, enumerable: false })
  return body
}

/** @param {string} text @returns {unknown} */
function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * Arrays are joined by commas; what is undefined or null is not sent.
 * @param {Record<string, unknown>} [query]
 */
function queryOf(query = {}) {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== null)
  const words = new URLSearchParams(pairs.map(([name, value]) => [name, spelled(value)]))
  return pairs.length === 0 ? '' : `?${words}`
}

/** @param {unknown} value */
function spelled(value) {
  if (value instanceof Date) return value.toISOString()
  return Array.isArray(value) ? value.join(',') : String(value)
}

/** @param {string | null} header seconds; a date or nonsense counts as absent */
function retryAfter(header) {
  if (header === null || !/^\d+$/.test(header.trim())) return undefined
  return Math.min(Number(header), MAX_WAIT_SECONDS)
}

/** @param {number} tried */
function backoff(tried) {
  return Math.min(FIRST_BACKOFF_SECONDS * 2 ** tried, MAX_BACKOFF_SECONDS) * (0.5 + Math.random() / 2)
}

/**
 * One signal out of the caller's and the time limit (AbortSignal.any is not in Node 18).
 * @param {number} milliseconds @param {AbortSignal} [signal]
 */
function limited(milliseconds, signal) {
  const controller = new AbortController()
  const stop = () => controller.abort(signal?.reason)
  const timer = setTimeout(() => controller.abort(new Error(`not within ${milliseconds} ms`)), milliseconds)
  signal?.addEventListener('abort', stop, { once: true })
  const done = () => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
  }
  return { signal: controller.signal, done }
}

/** @param {number} seconds @param {AbortSignal} [signal] @returns {Promise<void>} */
function sleep(seconds, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, seconds * 1000)
    signal?.addEventListener('abort', stop, { once: true })
  })
}

/** @param {unknown} cause */
function reason(cause) {
  if (!(cause instanceof Error)) return String(cause)
  return cause.cause instanceof Error ? `${cause.message} (${cause.cause.message})` : cause.message
}

/** @param {string} name @returns {string | undefined} */
function environment(name) {
  // Absent in browsers; empty counts as absent.
  const { process } = /** @type {{process?: {env: Record<string, string | undefined>}}} */ (globalThis)
  return process?.env[name] || undefined
}
