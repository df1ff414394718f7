/** Amounts are integers in the currency's minor unit; times are RFC 3339 UTC. What may be without a value is null. */
import type {
  Agenda,
  Catalog,
  Credit,
  Fulfillment,
  Keys,
  Order,
  Orders,
  Payment,
  Refund,
  Return,
  Search,
  ShippingMethods,
  Stats,
  Stock,
  Tasks,
  Webhooks
} from './resources.d.ts'

export type * from './resources.d.ts'

export interface CommerceOptions {
  /** `sk_…` secret, `rk_…` restricted or `ck_…` customer key. */
  apiKey: string
  /** Default: ORDERMILL_API_URL, else http://127.0.0.1:8000. */
  baseUrl?: string
  /** How often a call is tried again (default 4). */
  maxRetries?: number
  /** Limit of one try (default 60,000). */
  timeoutMs?: number
  fetch?: typeof globalThis.fetch
  sleep?: (seconds: number, signal?: AbortSignal) => Promise<void>
}

export interface CallOptions {
  /** Default: a fresh one per call, kept while it is tried again. Reads have none. */
  idempotencyKey?: string
  /** `order.etag`: refuse with PreconditionError when the order has changed since. */
  ifMatch?: string
  signal?: AbortSignal
}

export class Commerce {
  constructor(options: CommerceOptions)
  readonly baseUrl: string
  readonly orders: Orders
  readonly search: Search
  readonly tasks: Tasks
  readonly agenda: Agenda
  readonly stats: Stats
  readonly catalog: Catalog
  readonly stock: Stock
  readonly shippingMethods: ShippingMethods
  readonly credit: Credit
  readonly keys: Keys
  readonly webhooks: Webhooks
  /** Any route of any face, as it is; undefined where nothing is answered (204). `accepted`: 202 is the answer itself. */
  request(
    method: string,
    path: string,
    content?: { query?: Record<string, unknown>; body?: unknown; accepted?: boolean },
    options?: CallOptions
  ): Promise<any>
}

// Errors. The tree and when each is raised: src/errors.js.

export interface ErrorFields {
  code: string
  status: number
  field?: string | null
  requestId?: string | null
  idempotencyKey?: string | null
  details?: Record<string, unknown>
  cause?: unknown
}

export class CommerceError extends Error {
  constructor(message: string, fields: ErrorFields)
  readonly code: string
  readonly status: number
  readonly field: string | null
  readonly requestId: string | null
  readonly idempotencyKey: string | null
  readonly details: Record<string, unknown>
}
export class AuthenticationError extends CommerceError {}
export class PermissionError extends CommerceError {}
export class NotFoundError extends CommerceError {}
export class PaymentError extends CommerceError {
  get declineCode(): string | null
}
export class ConflictError extends CommerceError {}
export class PreconditionError extends CommerceError {}
export class ValidationError extends CommerceError {}
export class RateLimitError extends CommerceError {}
export class UnavailableError extends CommerceError {}
export class PendingError extends CommerceError {}
export class ConnectionError extends CommerceError {}
export class ProtocolError extends CommerceError {}

// Webhooks.

export type WebhookProblem = 'missing_header' | 'wrong_secret' | 'wrong_timestamp' | 'wrong_signature' | 'not_json'

/** Not a message of the engine's: answer 400 and do nothing. */
export class WebhookError extends Error {
  constructor(code: WebhookProblem, message: string)
  readonly code: WebhookProblem
}

/** What the hanzo face sends. */
export interface WebhookEvent {
  id: string
  type: string
  createdAt: string
  livemode: boolean
  sequence: number
  data: { order: Order; refund?: Refund; fulfillment?: Fulfillment; return?: Return; payment?: Payment }
}

/**
 * The event in a webhook's raw body, once its signature holds and it was sent within the tolerance (300 s); WebhookError for
 * anything else. `secret`: what the endpoint's registration answered, `whsec_` included. `now` in milliseconds.
 */
export function constructEvent<E = WebhookEvent>(
  payload: string | Uint8Array,
  headers: Headers | Record<string, string | string[] | undefined>,
  secret: string,
  options?: { toleranceSeconds?: number; now?: () => number }
): Promise<E>
