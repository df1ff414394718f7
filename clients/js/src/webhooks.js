/**
 * Webhooks as they arrive: whether the engine sent this body, unchanged and just now (Standard Webhooks).
 *
 * The rule: the signature is over the bytes that came. Parsed and written again they are other bytes. Web Crypto, so that it
 * works in Node.js, Deno, Bun and workers alike.
 */
import { isObject } from './errors.js'

const encoder = new TextEncoder()
const TOLERANCE_SECONDS = 300

/** Not a message of the engine's: answer 400 and do nothing. */
export class WebhookError extends Error {
  /** @param {import('../index.d.ts').WebhookProblem} code @param {string} message */
  constructor(code, message) {
    super(message)
    this.name = 'WebhookError'
    this.code = code
  }
}

/**
 * The event in a webhook's raw body, once its signature holds. WebhookError for anything else.
 * @param {string | Uint8Array} payload
 * @param {Headers | Record<string, string | string[] | undefined>} headers
 * @param {string} secret what the endpoint's registration answered, `whsec_` included
 * @param {{toleranceSeconds?: number, now?: () => number}} [options] `now` in milliseconds
 * @returns {Promise<any>}
 */
export async function constructEvent(payload, headers, secret, options = {}) {
  if (typeof payload !== 'string' && !(payload instanceof Uint8Array)) {
    throw new TypeError('the raw body is needed: a string or bytes, as they came, not parsed')
  }
  const [id, sent, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((n) => header(headers, n))
  checkTime(/** @type {string} */ (sent), options)
  const body = typeof payload === 'string' ? encoder.encode(payload) : payload
  const given = /** @type {string} */ (signatures).split(' ').filter((each) => each.startsWith('v1,'))
  const key = await imported(secret)
  const signed = joined(encoder.encode(`${id}.${sent}.`), body)
  for (const each of given) {
    const signature = decoded(each.slice(3))
    // Web Crypto compares in constant time.
    if (signature && (await crypto.subtle.verify('HMAC', key, signature, signed))) return parsed(body)
  }
  throw new WebhookError('wrong_signature', 'no signature is of this body under this secret; was it the raw body?')
}

/** @param {Headers | Record<string, string | string[] | undefined>} headers @param {string} name */
function header(headers, name) {
  const found =
    headers instanceof Headers
      ? headers.get(name)
      : Object.entries(headers).find(([each]) => each.toLowerCase() === name)?.[1]
  if (typeof found !== 'string' || found === '') throw new WebhookError('missing_header', `there is no ${name}`)
  return found
}

/** @param {string} sent @param {{toleranceSeconds?: number, now?: () => number}} options */
function checkTime(sent, { toleranceSeconds = TOLERANCE_SECONDS, now = Date.now }) {
  if (!/^\d+$/.test(sent)) throw new WebhookError('wrong_timestamp', 'webhook-timestamp is no number of seconds')
  if (Math.abs(now() / 1000 - Number(sent)) > toleranceSeconds) {
    throw new WebhookError('wrong_timestamp', `sent more than ${toleranceSeconds} s before or after now`)
  }
}

/** @param {string} secret */
async function imported(secret) {
  if (typeof secret !== 'string' || secret === '') throw new WebhookError('wrong_secret', 'there is no secret')
  // A secret of the shop's own choosing that is not written so counts as text.
  const bytes = (secret.startsWith('whsec_') && decoded(secret.slice(6))) || encoder.encode(secret)
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
}

/** @param {string} text @returns {Uint8Array<ArrayBuffer> | null} */
function decoded(text) {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}

/** @param {Uint8Array} first @param {Uint8Array} second */
function joined(first, second) {
  const whole = new Uint8Array(first.length + second.length)
  whole.set(first)
  whole.set(second, first.length)
  return whole
}

/** @param {Uint8Array} body */
function parsed(body) {
  let event
  try {
    event = JSON.parse(new TextDecoder().decode(body))
  } catch {
    event = undefined
  }
  if (!isObject(event)) throw new WebhookError('not_json', 'signed, but no JSON object')
  return event
}
