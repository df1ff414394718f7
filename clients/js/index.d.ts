/** Amounts are integers in the currency's minor unit; times are RFC 3339 UTC. What may be without a value is null. */

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
}

export interface Orders {
  list(params?: OrderListParams, options?: CallOptions): Promise<Page<OrderSummary>>
  /** Every match, page after page; oldest first unless `sort` is given. */
  all(params?: OrderListParams, options?: CallOptions): AsyncGenerator<OrderSummary, void, undefined>
  /** `id`: the order's id, UUID or display number. */
  get(id: string, params?: OrderGetParams, options?: CallOptions): Promise<Order>
  events(id: string, options?: CallOptions): Promise<Page<OrderEvent>>
  returns(id: string, options?: CallOptions): Promise<Page<Return>>

  create(body: OrderInput, options?: CallOptions): Promise<Order>
  /** `metadata` is merged, a null deletes its key; addresses are replaced, until the first unit is sent. */
  update(id: string, body: OrderUpdate, options?: CallOptions): Promise<Order>
  confirm(id: string, options?: CallOptions): Promise<Order>
  pay(id: string, body?: PayInput, options?: CallOptions): Promise<Order>
  authorize(id: string, body?: AuthorizeInput, options?: CallOptions): Promise<Order>
  capture(id: string, body?: CaptureInput, options?: CallOptions): Promise<Order>
  void(id: string, body?: VoidInput, options?: CallOptions): Promise<Order>
  /** Without `items`: everything that is left. */
  fulfill(id: string, body?: FulfillmentInput, options?: CallOptions): Promise<Fulfillment>
  /** Without `fulfillmentId`: everything that is shipped. */
  deliver(id: string, body?: DeliverInput, options?: CallOptions): Promise<Order>
  cancel(id: string, body?: CancelInput, options?: CallOptions): Promise<Order>
  /** `amount` wins over `items`; `items` alone are their share; neither is all that is left. */
  refund(id: string, body?: RefundInput, options?: CallOptions): Promise<Refund>
  return(id: string, body: ReturnInput, options?: CallOptions): Promise<Return>
  approveReturn(id: string, returnId: string, options?: CallOptions): Promise<Return>
  rejectReturn(id: string, returnId: string, body?: RejectReturnInput, options?: CallOptions): Promise<Return>
  receiveReturn(id: string, returnId: string, body?: ReceiveReturnInput, options?: CallOptions): Promise<Return>
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

// Requests.

export type Expandable =
  | 'items'
  | 'items.product'
  | 'items.variant'
  | 'payments'
  | 'fulfillments'
  | 'refunds'
  | 'returns'
  | 'customer'
  | 'events'

export interface OrderGetParams {
  expand?: Expandable[] | string
}

export interface OrderListParams extends OrderGetParams {
  page?: number
  /** Orders per page, 1 to 100. */
  display?: number
  /** createdAt, updatedAt, total or displayId; descending with `:desc` or a `-` before it. */
  sort?: string
  status?: OrderStatus | Lifecycle
  paymentStatus?: PaymentStatus
  fulfillmentStatus?: FulfillmentStatus
  customerId?: string
  /** Created at or after. */
  since?: string | Date
  /** Created before. */
  until?: string | Date
  /** Beginning of an id, a display number or an e-mail address. */
  q?: string
}

export interface AddressInput {
  line1: string
  city: string
  /** ISO 3166-1 alpha-2. */
  country: string
  line2?: string
  state?: string
  postalCode?: string
  firstName?: string
  lastName?: string
  company?: string
  phone?: string
}

export interface OrderInput {
  items: {
    variantId?: string
    quantity: number
    /** Missing: the catalogue's. */
    unitPrice?: number
    /** With `unitPrice` and no known variant: a custom line. */
    title?: string
    sku?: string
    requiresShipping?: boolean
  }[]
  customerId?: string
  email?: string
  currency?: string
  shippingAddress?: AddressInput
  billingAddress?: AddressInput
  shippingMethodId?: string
  discountCodes?: string[]
  notes?: string
  metadata?: Record<string, unknown>
  tags?: string[]
  /** For imports; wins over the computed figure, like the next two. */
  discount?: number
  shippingTotal?: number
  taxTotal?: number
}

export interface OrderUpdate {
  metadata?: Record<string, unknown>
  notes?: string | null
  tags?: string[]
  shippingAddress?: AddressInput
  billingAddress?: AddressInput
}

export interface ItemUnits {
  itemId: string
  quantity: number
}

export interface AuthorizeInput {
  paymentMethod?: string
  /** Missing: what is due. */
  amount?: number
  /** Go on with a payment that waits for 3-D Secure. */
  paymentId?: string
}

export interface PayInput extends AuthorizeInput {
  /** Missing: the policy decides. */
  capture?: boolean
}

export interface CaptureInput {
  amount?: number
  /** Release what is not captured (default true). */
  final?: boolean
  paymentId?: string
}

export interface VoidInput {
  paymentId?: string
}

export interface FulfillmentInput {
  items?: ItemUnits[]
  trackingNumber?: string
  trackingCompany?: string
  trackingUrl?: string
  locationId?: string
  notifyCustomer?: boolean
}

export interface DeliverInput {
  fulfillmentId?: string
}

export type CancelReason = 'customer_request' | 'out_of_stock' | 'fraud' | 'duplicate' | 'other'

export interface CancelInput {
  reason?: CancelReason
  /** Needed with the reason `other`. */
  note?: string
  notifyCustomer?: boolean
}

export interface RefundInput {
  amount?: number
  reason?: string
  items?: (ItemUnits & { restock?: boolean })[]
  notifyCustomer?: boolean
}

export interface ReturnInput {
  items: { itemId?: string; variantId?: string; quantity: number; reason?: string }[]
  refundMethod?: 'original'
}

export interface RejectReturnInput {
  reason?: string
}

export interface ReceiveReturnInput {
  items?: (ItemUnits & { restock?: boolean })[]
  /** Instead of the units' share. */
  amount?: number
  refundShipping?: boolean
}

// Answers.

export type OrderStatus =
  | 'pending'
  | 'confirmed'
  | 'processing'
  | 'shipped'
  | 'delivered'
  | 'cancelled'
  | 'refunded'
  | 'returned'
  | 'failed'
export type Lifecycle =
  | 'draft'
  | 'confirmed'
  | 'paid'
  | 'shipped'
  | 'delivered'
  | 'returned'
  | 'cancelled'
  | 'failed'
export type PaymentStatus = 'pending' | 'authorized' | 'captured' | 'refunded'
export type FulfillmentStatus = 'unfulfilled' | 'partial' | 'fulfilled'

export interface Versioned {
  /** The order's version for `ifMatch`; hidden from printing and JSON. */
  readonly etag?: string
}

export interface Page<T> {
  /** Of all matches. */
  count: number
  models: T[]
}

export interface OrderSummary {
  id: string
  displayId: string
  status: OrderStatus
  lifecycle: Lifecycle
  paymentStatus: PaymentStatus
  fulfillmentStatus: FulfillmentStatus
  email: string | null
  customerId: string | null
  currency: string
  total: number
  createdAt: string
  /** Only when expanded. */
  customer?: Customer | null
  /** Only when expanded. */
  events?: OrderEvent[]
  /** In a list only when expanded, like the next four. */
  items?: Item[]
  payments?: Payment[]
  fulfillments?: Fulfillment[]
  refunds?: Refund[]
  returns?: Return[]
}

export interface Order extends OrderSummary, Versioned {
  items: Item[]
  payments: Payment[]
  fulfillments: Fulfillment[]
  refunds: Refund[]
  returns: Return[]
  subtotal: number
  discount: number
  discountCodes: string[]
  shippingTotal: number
  shipping: number
  shippingMethodId: string | null
  taxTotal: number
  tax: number
  amountDue: number
  capturedTotal: number
  refundedTotal: number
  shippingAddress: Address | null
  billingAddress: Address | null
  metadata: Record<string, unknown>
  notes: string | null
  tags: string[]
  cancelReason: string | null
  cancelNote: string | null
  updatedAt: string
  confirmedAt: string | null
  cancelledAt: string | null
  closedAt: string | null
}

export interface Item {
  id: string
  variantId: string | null
  productId: string | null
  /** Product and variant. */
  title: string
  productName: string
  sku: string | null
  quantity: number
  unitPrice: number
  subtotal: number
  total: number
  discount: number
  tax: number
  requiresShipping: boolean
  fulfilledQuantity: number
  shippedQuantity: number
  deliveredQuantity: number
  cancelledQuantity: number
  returnedQuantity: number
  refundedQuantity: number
  product?: { id: string | null; name: string; type: string | null; vendor: string | null; imageUrl: string | null }
  variant?: {
    id: string | null
    title: string | null
    sku: string | null
    options: unknown[]
    weightGrams: number | null
    comparePrice: number | null
  }
}

export interface Address {
  firstName: string | null
  lastName: string | null
  company: string | null
  line1: string
  line2: string | null
  city: string
  state: string | null
  postalCode: string | null
  country: string
  phone: string | null
}

export interface Customer {
  id: string | null
  email: string | null
  firstName: string | null
  lastName: string | null
  phone: string | null
}

export interface Payment {
  id: string
  provider: string
  amount: number
  status: 'pending' | 'authorized' | 'captured' | 'failed' | 'voided' | 'refunded'
  capturedAmount: number
  refundedAmount: number
  card: { brand: string; last4: string } | null
  declineCode: string | null
  message: string | null
  createdAt: string
  authorizedAt: string | null
  capturedAt: string | null
  expiresAt: string | null
}

export interface Fulfillment extends Versioned {
  id: string
  orderId: string
  status: 'pending' | 'shipped' | 'delivered' | 'cancelled'
  items: ItemUnits[]
  tracking: { number: string | null; company: string | null; url: string | null }
  locationId: string | null
  createdAt: string
  shippedAt: string | null
  deliveredAt: string | null
}

export interface Refund extends Versioned {
  id: string
  orderId: string
  amount: number
  currency: string
  status: 'pending' | 'processed' | 'failed'
  reason: string | null
  items: ItemUnits[]
  createdAt: string
}

export interface Return extends Versioned {
  id: string
  orderId: string
  status: 'requested' | 'approved' | 'rejected' | 'received' | 'refunded'
  items: {
    itemId: string
    variantId: string | null
    quantity: number
    reason: string | null
    receivedQuantity: number
  }[]
  refundMethod: 'original'
  refundId: string | null
  refundAmount: number
  rejectReason: string | null
  createdAt: string
  updatedAt: string
}

export interface OrderEvent {
  id: string
  /** The engine's name: `order.paid` … */
  type: string
  /** 1, 2, 3 … per order, without gaps. */
  sequence: number
  createdAt: string
  actor: string
  data: Record<string, unknown>
}
