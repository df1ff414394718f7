/** What every call takes and answers. Made by `python -m clients.generate`: change the engine, or the generator. */
import type { components } from './openapi.d.ts'
import type { CallOptions } from './index.d.ts'

type Schemas = components['schemas']

export interface Versioned {
  /** The order's version for `ifMatch`; hidden from printing and JSON. */
  readonly etag?: string
}

/** Times in a query may be Dates; lists may be comma-separated texts. */
type Query<T> = { [K in keyof T]: K extends 'since' | 'until' | 'from' ? T[K] | Date : T[K] extends string[] | undefined ? T[K] | string : T[K] }

export type APIKey = Schemas['APIKey']
export type APIKeyInput = Schemas['APIKeyInput']
export type APIKeyList = Schemas['APIKeyList']
export type AddDiscountOp = Schemas['AddDiscountOp']
export type AddItemOp = Schemas['AddItemOp']
export type Address = Schemas['Address']
export type AddressInput = Schemas['AddressInput']
export type AgendaMoney = Schemas['AgendaMoney']
export type AgendaParams = Query<Schemas['AgendaParams']>
export type ApproveReturnInput = Schemas['ApproveReturnInput']
export type AuthorizeInput = Schemas['AuthorizeInput']
export type Balance = Schemas['Balance']
export type CancelInput = Schemas['CancelInput']
export type CancelItemsInput = Schemas['CancelItemsInput']
export type CancelItemsOp = Schemas['CancelItemsOp']
export type CaptureInput = Schemas['CaptureInput']
export type Card = Schemas['Card']
export type CatalogListParams = Query<Schemas['CatalogListParams']>
export type CatalogVariant = Schemas['CatalogVariant']
export type CatalogVariantInput = Schemas['CatalogVariantInput']
export type CatalogVariantList = Schemas['CatalogVariantList']
export type Claim = Schemas['Claim'] & Versioned
export type ClaimInput = Schemas['ClaimInput']
export type ClaimList = Schemas['ClaimList']
export type ClaimedItem = Schemas['ClaimedItem']
export type ClaimedItemInput = Schemas['ClaimedItemInput']
export type CreditAccount = Schemas['CreditAccount']
export type CreditEntry = Schemas['CreditEntry']
export type CreditInput = Schemas['CreditInput']
export type CreditParams = Query<Schemas['CreditParams']>
export type Customer = Schemas['Customer']
export type Deadline = Schemas['Deadline']
export type DeadlineList = Schemas['DeadlineList']
export type DeliverInput = Schemas['DeliverInput']
export type Delivery = Schemas['Delivery']
export type DeliveryAttempt = Schemas['DeliveryAttempt']
export type DeliveryList = Schemas['DeliveryList']
export type DeliveryListParams = Query<Schemas['DeliveryListParams']>
export type DryRun = Schemas['DryRun']
export type EditFigures = Schemas['EditFigures']
export type EditInput = Schemas['EditInput']
export type EditedOrder = Schemas['EditedOrder'] & Versioned
export type Exchange = Schemas['Exchange'] & Versioned
export type ExchangeInput = Schemas['ExchangeInput']
export type ExchangeList = Schemas['ExchangeList']
export type ExchangedItem = Schemas['ExchangedItem']
export type FoundOrder = Schemas['FoundOrder']
export type FoundOrderList = Schemas['FoundOrderList']
export type Fulfillment = Schemas['Fulfillment'] & Versioned
export type FulfillmentInput = Schemas['FulfillmentInput']
export type FulfillmentItem = Schemas['FulfillmentItem']
export type Hold = Schemas['Hold'] & Versioned
export type HoldInput = Schemas['HoldInput']
export type Item = Schemas['Item']
export type ItemUnits = Schemas['ItemUnits']
export type MintedAPIKey = Schemas['MintedAPIKey']
export type MoveTimerInput = Schemas['MoveTimerInput']
export type NewItem = Schemas['NewItem']
export type NewItemInput = Schemas['NewItemInput']
export type Order = Schemas['Order'] & Versioned
export type OrderEvent = Schemas['OrderEvent']
export type OrderEventList = Schemas['OrderEventList']
export type OrderGetParams = Query<Schemas['OrderGetParams']>
export type OrderInput = Schemas['OrderInput']
export type OrderItemInput = Schemas['OrderItemInput']
export type OrderList = Schemas['OrderList']
export type OrderListParams = Query<Schemas['OrderListParams']>
export type OrderSummary = Schemas['OrderSummary']
export type OrderUpdate = Schemas['OrderUpdate']
export type PayInput = Schemas['PayInput']
export type Payment = Schemas['Payment']
export type PaymentInput = Schemas['PaymentInput']
export type PlannedMoney = Schemas['PlannedMoney']
export type Product = Schemas['Product']
export type ReceiveReturnInput = Schemas['ReceiveReturnInput']
export type ReceivedItemInput = Schemas['ReceivedItemInput']
export type RedeliverInput = Schemas['RedeliverInput']
export type Refund = Schemas['Refund'] & Versioned
export type RefundInput = Schemas['RefundInput']
export type RefundItemInput = Schemas['RefundItemInput']
export type RejectReturnInput = Schemas['RejectReturnInput']
export type RemoveDiscountOp = Schemas['RemoveDiscountOp']
export type ReplacementInput = Schemas['ReplacementInput']
export type ReplayInput = Schemas['ReplayInput']
export type Replayed = Schemas['Replayed']
export type Resolution = Schemas['Resolution']
export type Return = Schemas['Return'] & Versioned
export type ReturnInput = Schemas['ReturnInput']
export type ReturnItem = Schemas['ReturnItem']
export type ReturnItemInput = Schemas['ReturnItemInput']
export type ReturnLabel = Schemas['ReturnLabel']
export type ReturnLabelInput = Schemas['ReturnLabelInput']
export type ReturnList = Schemas['ReturnList']
export type SearchParams = Query<Schemas['SearchParams']>
export type SetAddressOp = Schemas['SetAddressOp']
export type SetPriceOp = Schemas['SetPriceOp']
export type SetQuantityOp = Schemas['SetQuantityOp']
export type SetShippingOp = Schemas['SetShippingOp']
export type ShippingMethod = Schemas['ShippingMethod']
export type ShippingMethodList = Schemas['ShippingMethodList']
export type StatsDay = Schemas['StatsDay']
export type StatsParams = Query<Schemas['StatsParams']>
export type StatsReport = Schemas['StatsReport']
export type StockAdjustment = Schemas['StockAdjustment']
export type StockInput = Schemas['StockInput']
export type StockLevel = Schemas['StockLevel']
export type StockMove = Schemas['StockMove']
export type StockMovement = Schemas['StockMovement']
export type StockMovementList = Schemas['StockMovementList']
export type Task = Schemas['Task']
export type TaskList = Schemas['TaskList']
export type TaskListParams = Query<Schemas['TaskListParams']>
export type Timer = Schemas['Timer'] & Versioned
export type TimerList = Schemas['TimerList']
export type Tracking = Schemas['Tracking']
export type Variant = Schemas['Variant']
export type VoidInput = Schemas['VoidInput']
export type Wait = Schemas['Wait']
export type WaitList = Schemas['WaitList']
export type Webhook = Schemas['Webhook']
export type WebhookInput = Schemas['WebhookInput']
export type WebhookList = Schemas['WebhookList']
export type WebhookUpdate = Schemas['WebhookUpdate']
export type WebhookWithSecret = Schemas['WebhookWithSecret']

/** Orders, one method per verb. `id`: the order's id, its UUID or its display number. */
export interface Orders {
  /** The same verbs, answering what each would do. */
  readonly dryRun: OrdersDryRun
  /** List orders. */
  list(params?: OrderListParams, options?: CallOptions): Promise<OrderList>
  /** Every match, page after page; by creation, oldest first unless `sort` is given. */
  all(params?: OrderListParams, options?: CallOptions): AsyncGenerator<OrderSummary, void, undefined>
  /** Get an order. */
  get(id: string, params?: OrderGetParams, options?: CallOptions): Promise<Order>
  /** Create an order. */
  create(body: OrderInput, options?: CallOptions): Promise<Order>
  /** Update metadata, notes and tags at any time, addresses until the first unit is sent. */
  update(id: string, body?: OrderUpdate, options?: CallOptions): Promise<Order>
  /** Confirm: reserves every line, or none. */
  confirm(id: string, options?: CallOptions): Promise<Order>
  /** Pay what is due; a draft is confirmed by it. */
  pay(id: string, body?: PayInput, options?: CallOptions): Promise<Order>
  /** Hold what is due, without taking it. */
  authorize(id: string, body?: AuthorizeInput, options?: CallOptions): Promise<Order>
  /** Take what is held. */
  capture(id: string, body?: CaptureInput, options?: CallOptions): Promise<Order>
  /** Release what is held. */
  void(id: string, body?: VoidInput, options?: CallOptions): Promise<Order>
  /** Ship some or all units. */
  fulfill(id: string, body?: FulfillmentInput, options?: CallOptions): Promise<Fulfillment>
  /** Shipped units arrived: of one fulfilment, or all. */
  deliver(id: string, body?: DeliverInput, options?: CallOptions): Promise<Order>
  /** Cancel before the first unit is sent: refunds what was captured, releases what was held and reserved. */
  cancel(id: string, body?: CancelInput, options?: CallOptions): Promise<Order>
  /** Cancel unsent units: what was paid for them goes back, what was held or reserved for them is released. */
  cancelItems(id: string, body: CancelItemsInput, options?: CallOptions): Promise<Order>
  /** Change what was sold, all or nothing: lines, prices, shipping, address, discounts, cancelled units. */
  edit(id: string, body: EditInput, options?: CallOptions): Promise<EditedOrder>
  /** Refund an amount, some units, or all that is left. */
  refund(id: string, body?: RefundInput, options?: CallOptions): Promise<Refund>
  /** Put a hold on the order: nothing is sent while it stands. Many may stand at once. */
  hold(id: string, body: HoldInput, options?: CallOptions): Promise<Hold>
  /** End a hold. One of a dispute ends with the dispute alone: 409. */
  releaseHold(id: string, holdId: string, options?: CallOptions): Promise<void>
  /** Request a return of delivered units, inside the return window. */
  return(id: string, body: ReturnInput, options?: CallOptions): Promise<Return>
  /** The order's returns, oldest first. */
  returns(id: string, options?: CallOptions): Promise<ReturnList>
  /** One return. */
  getReturn(id: string, returnId: string, options?: CallOptions): Promise<Return>
  /** The return may be sent, by `shipBy`; the customer is told how. */
  approveReturn(id: string, returnId: string, body?: ApproveReturnInput, options?: CallOptions): Promise<Return>
  /** Refuse the return. */
  rejectReturn(id: string, returnId: string, body: RejectReturnInput, options?: CallOptions): Promise<Return>
  /** Keep what was to be sent back, while nothing of it is received. */
  withdrawReturn(id: string, returnId: string, options?: CallOptions): Promise<Return>
  /** A parcel came back: credits the units received, less the fee, and gives back what is surplus then. */
  receiveReturn(id: string, returnId: string, body?: ReceiveReturnInput, options?: CallOptions): Promise<Return>
  /** Exchange delivered units for others, inside the return window; the new ones are reserved at once, all or none. */
  exchange(id: string, body: ExchangeInput, options?: CallOptions): Promise<Exchange>
  /** The order's exchanges, oldest first. */
  exchanges(id: string, options?: CallOptions): Promise<ExchangeList>
  /** One exchange. */
  getExchange(id: string, exchangeId: string, options?: CallOptions): Promise<Exchange>
  /** Replace or refund shipped units that are damaged, missing or the wrong ones, each once; no parcel is waited for. */
  claim(id: string, body: ClaimInput, options?: CallOptions): Promise<Claim>
  /** The order's claims, oldest first. */
  claims(id: string, options?: CallOptions): Promise<ClaimList>
  /** One claim. */
  getClaim(id: string, claimId: string, options?: CallOptions): Promise<Claim>
  /** The order's timeline, in the engine's own event names. */
  events(id: string, options?: CallOptions): Promise<OrderEventList>
  /** What the order waits for and what may be done with it, from its row: also when no workflow of it runs. */
  explain(id: string, options?: CallOptions): Promise<Record<string, unknown>>
  /** Everything the order waits for, the most pressing first. */
  waiting(id: string, options?: CallOptions): Promise<WaitList>
  /** The order's windows, the nearest first, and what happens when each closes. */
  timers(id: string, options?: CallOptions): Promise<TimerList>
  /** Move a window, or let what it does happen now. */
  moveTimer(id: string, name: string, body?: MoveTimerInput, options?: CallOptions): Promise<Timer>
}

/** What a verb would do: nothing is done. */
export interface OrdersDryRun {
  /** Create an order. */
  create(body: OrderInput, options?: CallOptions): Promise<DryRun>
  /** Update metadata, notes and tags at any time, addresses until the first unit is sent. */
  update(id: string, body?: OrderUpdate, options?: CallOptions): Promise<DryRun>
  /** Confirm: reserves every line, or none. */
  confirm(id: string, options?: CallOptions): Promise<DryRun>
  /** Pay what is due; a draft is confirmed by it. */
  pay(id: string, body?: PayInput, options?: CallOptions): Promise<DryRun>
  /** Hold what is due, without taking it. */
  authorize(id: string, body?: AuthorizeInput, options?: CallOptions): Promise<DryRun>
  /** Take what is held. */
  capture(id: string, body?: CaptureInput, options?: CallOptions): Promise<DryRun>
  /** Release what is held. */
  void(id: string, body?: VoidInput, options?: CallOptions): Promise<DryRun>
  /** Ship some or all units. */
  fulfill(id: string, body?: FulfillmentInput, options?: CallOptions): Promise<DryRun>
  /** Shipped units arrived: of one fulfilment, or all. */
  deliver(id: string, body?: DeliverInput, options?: CallOptions): Promise<DryRun>
  /** Cancel before the first unit is sent: refunds what was captured, releases what was held and reserved. */
  cancel(id: string, body?: CancelInput, options?: CallOptions): Promise<DryRun>
  /** Cancel unsent units: what was paid for them goes back, what was held or reserved for them is released. */
  cancelItems(id: string, body: CancelItemsInput, options?: CallOptions): Promise<DryRun>
  /** Change what was sold, all or nothing: lines, prices, shipping, address, discounts, cancelled units. */
  edit(id: string, body: EditInput, options?: CallOptions): Promise<DryRun>
  /** Refund an amount, some units, or all that is left. */
  refund(id: string, body?: RefundInput, options?: CallOptions): Promise<DryRun>
  /** Put a hold on the order: nothing is sent while it stands. Many may stand at once. */
  hold(id: string, body: HoldInput, options?: CallOptions): Promise<DryRun>
  /** End a hold. One of a dispute ends with the dispute alone: 409. */
  releaseHold(id: string, holdId: string, options?: CallOptions): Promise<DryRun>
  /** Request a return of delivered units, inside the return window. */
  return(id: string, body: ReturnInput, options?: CallOptions): Promise<DryRun>
  /** The return may be sent, by `shipBy`; the customer is told how. */
  approveReturn(id: string, returnId: string, body?: ApproveReturnInput, options?: CallOptions): Promise<DryRun>
  /** Refuse the return. */
  rejectReturn(id: string, returnId: string, body: RejectReturnInput, options?: CallOptions): Promise<DryRun>
  /** Keep what was to be sent back, while nothing of it is received. */
  withdrawReturn(id: string, returnId: string, options?: CallOptions): Promise<DryRun>
  /** A parcel came back: credits the units received, less the fee, and gives back what is surplus then. */
  receiveReturn(id: string, returnId: string, body?: ReceiveReturnInput, options?: CallOptions): Promise<DryRun>
  /** Exchange delivered units for others, inside the return window; the new ones are reserved at once, all or none. */
  exchange(id: string, body: ExchangeInput, options?: CallOptions): Promise<DryRun>
  /** Replace or refund shipped units that are damaged, missing or the wrong ones, each once; no parcel is waited for. */
  claim(id: string, body: ClaimInput, options?: CallOptions): Promise<DryRun>
  /** Move a window, or let what it does happen now. */
  moveTimer(id: string, name: string, body?: MoveTimerInput, options?: CallOptions): Promise<DryRun>
}

/** Orders of every face, found by what somebody remembers of them or by what they wait for. */
export interface Search {
  /** Orders of every face, found by anything somebody remembers of them, or by what they wait for. */
  list(params?: SearchParams, options?: CallOptions): Promise<FoundOrderList>
  /** Every match, page after page. */
  all(params?: SearchParams, options?: CallOptions): AsyncGenerator<FoundOrder, void, undefined>
}

/** What people have to do. */
export interface Tasks {
  /** What people have to do, the oldest due first. A task leaves the list when what makes it does. */
  list(params?: TaskListParams, options?: CallOptions): Promise<TaskList>
  /** Every match, page after page. */
  all(params?: TaskListParams, options?: CallOptions): AsyncGenerator<Task, void, undefined>
}

/** Every coming deadline. */
export interface Agenda {
  /** Every coming deadline of all orders, the soonest first, with what will happen and the money it moves. */
  list(params?: AgendaParams, options?: CallOptions): Promise<DeadlineList>
  /** Every match, page after page. */
  all(params?: AgendaParams, options?: CallOptions): AsyncGenerator<Deadline, void, undefined>
}

/** Orders and money per day. */
export interface Stats {
  /** Orders, units and money per day of the shop's time zone and currency, and what open orders wait for now. */
  get(params?: StatsParams, options?: CallOptions): Promise<StatsReport>
}

/** What is sold, by variant. */
export interface Catalog {
  /** The catalogue, by id. */
  list(params?: CatalogListParams, options?: CallOptions): Promise<CatalogVariantList>
  /** One catalogue entry. */
  get(variantId: string, options?: CallOptions): Promise<CatalogVariant>
  /** Put a catalogue entry, new or changed. */
  put(variantId: string, body: CatalogVariantInput, options?: CallOptions): Promise<CatalogVariant>
  /** Take an entry out of the catalogue; orders that hold it keep it. */
  delete(variantId: string, options?: CallOptions): Promise<void>
}

/** How many there are, by variant. */
export interface Stock {
  /** One variant's stock. */
  get(variantId: string, options?: CallOptions): Promise<StockLevel>
  /** Set what is on the shelf. Never below what is reserved, unless backorders are taken. */
  set(variantId: string, body?: StockInput, options?: CallOptions): Promise<StockLevel>
  /** Move units on or off the shelf; the movement is kept with its reason. */
  adjust(variantId: string, body: StockAdjustment, options?: CallOptions): Promise<StockLevel>
  /** The latest hundred movements of a variant, newest first. */
  movements(variantId: string, options?: CallOptions): Promise<StockMovementList>
}

/** How an order may be sent. */
export interface ShippingMethods {
  /** The shipping methods of the policy file. */
  list(options?: CallOptions): Promise<ShippingMethodList>
}

/** A customer's store credit. */
export interface Credit {
  /** A customer's store credit per currency, and what moved it, newest first. */
  get(customerId: string, params?: CreditParams, options?: CallOptions): Promise<CreditAccount>
  /** Give a customer store credit, or take some away; the reason is kept. */
  grant(customerId: string, body: CreditInput, options?: CallOptions): Promise<CreditAccount>
}

/** Restricted and customer keys. */
export interface Keys {
  /** Restricted and customer keys of this mode, revoked ones included. */
  list(options?: CallOptions): Promise<APIKeyList>
  /** Make a restricted or a customer key of this mode; the key is shown once. */
  create(body: APIKeyInput, options?: CallOptions): Promise<MintedAPIKey>
  /** End a restricted or customer key; it works for at most two seconds more (api/http/auth.py). */
  revoke(keyId: string, options?: CallOptions): Promise<void>
}

/** Endpoints that get every event, and what was sent to them. */
export interface Webhooks {
  /** The webhook endpoints of this mode. */
  list(options?: CallOptions): Promise<WebhookList>
  /** Register a webhook endpoint. */
  create(body: WebhookInput, options?: CallOptions): Promise<WebhookWithSecret>
  /** One webhook endpoint; `status` says how it does, `reason` why. */
  get(webhookId: string, options?: CallOptions): Promise<Webhook>
  /** Change where it goes, what it takes, or whether it is sent to. Active again, it gets what waited. */
  update(webhookId: string, body?: WebhookUpdate, options?: CallOptions): Promise<Webhook>
  /** Delete it with its deliveries. */
  delete(webhookId: string, options?: CallOptions): Promise<void>
  /** What was sent and what came back, newest first. */
  deliveries(webhookId: string, params?: DeliveryListParams, options?: CallOptions): Promise<DeliveryList>
  /** Send a `webhook.test` with an order that looks like any other; its delivery is among the others. */
  test(webhookId: string, options?: CallOptions): Promise<Delivery>
  /** Send one delivery once more, under the same `webhook-id`. */
  redeliver(webhookId: string, body: RedeliverInput, options?: CallOptions): Promise<Delivery>
  /** Send an order's events once more, from a sequence on, in their order. */
  replay(webhookId: string, body: ReplayInput, options?: CallOptions): Promise<Replayed>
  /** A new secret, shown once; for 24 hours both sign. */
  rotate(webhookId: string, options?: CallOptions): Promise<WebhookWithSecret>
}
