/**
 * What can go wrong, one class per thing a caller does differently about it.
 *
 *   CommerceError
 *   ├─ AuthenticationError  401          the key is missing or wrong
 *   ├─ PermissionError      403          the key may not
 *   ├─ NotFoundError        404
 *   ├─ PaymentError         402          unpaid, declined (`declineCode`), or 3-D Secure (`details.clientSecret`)
 *   ├─ ConflictError        409          the order's rules say no
 *   ├─ PreconditionError    412          `ifMatch` named an old version: read the order again
 *   ├─ ValidationError      400 413 422  the request is wrong (`field`)
 *   ├─ RateLimitError       429          and still so after the last try
 *   ├─ UnavailableError     5xx          and still so after the last try
 *   ├─ PendingError         202          accepted and durable, not settled: ask again with its `idempotencyKey`
 *   ├─ ConnectionError      0            no answer
 *   └─ ProtocolError        2xx 3xx      no JSON object, or a redirect (never followed): something else answered
 */
export class CommerceError extends Error {
  /** @param {string} message @param {import('../index.d.ts').ErrorFields} fields */
  constructor(message, fields) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause })
    this.name = new.target.name
    /** Stable word to switch on. */
    this.code = fields.code
    /** HTTP status; 0 when nothing answered. */
    this.status = fields.status
    /** Path of the wrong field in the request, or null. */
    this.field = fields.field ?? null
    /** What to quote when asking the operator about it, or null. */
    this.requestId = fields.requestId ?? null
    /** The key this write went under, or null: repeating the call with it can do nothing twice. */
    this.idempotencyKey = fields.idempotencyKey ?? null
    /** Everything the engine said about it. */
    this.details = fields.details ?? {}
  }
}

export class AuthenticationError extends CommerceError {}
export class PermissionError extends CommerceError {}
export class NotFoundError extends CommerceError {}
export class ConflictError extends CommerceError {}
export class PreconditionError extends CommerceError {}
export class ValidationError extends CommerceError {}
export class RateLimitError extends CommerceError {}
export class UnavailableError extends CommerceError {}
export class PendingError extends CommerceError {}
export class ConnectionError extends CommerceError {}
export class ProtocolError extends CommerceError {}

export class PaymentError extends CommerceError {
  /** The provider's word for the decline, or null. */
  get declineCode() {
    const code = this.details['declineCode']
    return typeof code === 'string' ? code : null
  }
}

/** @type {Record<number, typeof CommerceError>} */
const BY_STATUS = {
  202: PendingError,
  400: ValidationError,
  401: AuthenticationError,
  402: PaymentError,
  403: PermissionError,
  404: NotFoundError,
  409: ConflictError,
  412: PreconditionError,
  413: ValidationError,
  422: ValidationError,
  429: RateLimitError
}

/**
 * The error an answer is.
 * @param {Response} response
 * @param {unknown} body what it carried, when that was JSON
 * @param {string | null} idempotencyKey
 */
export function errorOf(response, body, idempotencyKey) {
  const { status, headers } = response
  const details = said(body)
  const fields = { status, details, idempotencyKey, requestId: headers.get('X-Request-Id') }
  if (status === 202) {
    const message = 'accepted, but not settled yet: repeat the call with the same idempotencyKey'
    return new PendingError(message, { ...fields, code: 'pending', details: isObject(body) ? body : {} })
  }
  const code = typeof details['code'] === 'string' ? details['code'] : `http_${status}`
  const message = typeof details['message'] === 'string' ? details['message'] : `the engine answered ${status}`
  const field = typeof details['field'] === 'string' ? details['field'] : null
  const Class = BY_STATUS[status] ?? (status >= 500 ? UnavailableError : status < 400 ? ProtocolError : CommerceError)
  return new Class(message, { ...fields, code, field })
}

/** @param {unknown} body @returns {Record<string, unknown>} */
function said(body) {
  return isObject(body) && isObject(body['error']) ? body['error'] : {}
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
export function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
