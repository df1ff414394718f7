/** Every call as a method. What each takes and answers: ../resources.d.ts. Made by `python -m clients.generate`: change the engine, or the generator. */
import { allOrders, follow } from './paging.js'
import { at } from './path.js'

/** Orders, one method per verb. `id`: the order's id, its UUID or its display number. */
export class Orders {
  #transport

  /** @param {import('./transport.js').Transport} transport */
  constructor(transport) {
    this.#transport = transport
    this.dryRun = new OrdersDryRun(transport)
  }

  /** List orders. @param {any} [params] @param {any} [options] */
  list(params, options) {
    return this.#transport.send({ method: 'GET', path: at('order'), query: params }, options)
  }

  /** Every match, page after page. @param {any} [params] @param {any} [options] */
  all(params = {}, options) {
    return allOrders((asked) => this.list(asked, options), params)
  }

  /** Get an order. @param {string} id @param {any} [params] @param {any} [options] */
  get(id, params, options) {
    return this.#transport.send({ method: 'GET', path: at('order', id), query: params }, options)
  }

  /** Create an order. @param {any} [body] @param {any} [options] */
  create(body, options) {
    return this.#transport.send({ method: 'POST', path: at('order'), body }, options)
  }

  /** Update metadata, notes and tags at any time, addresses until the first unit is sent. @param {string} id @param {any} [body] @param {any} [options] */
  update(id, body, options) {
    return this.#transport.send({ method: 'PATCH', path: at('order', id), body }, options)
  }

  /** Confirm: reserves every line, or none. @param {string} id @param {any} [options] */
  confirm(id, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'confirm') }, options)
  }

  /** Pay what is due; a draft is confirmed by it. @param {string} id @param {any} [body] @param {any} [options] */
  pay(id, body, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'pay'), body }, options)
  }

  /** Hold what is due, without taking it. @param {string} id @param {any} [body] @param {any} [options] */
  authorize(id, body, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'authorize'), body }, options)
  }

  /** Take what is held. @param {string} id @param {any} [body] @param {any} [options] */
  capture(id, body, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'capture'), body }, options)
  }

  /** Release what is held. @param {string} id @param {any} [body] @param {any} [options] */
  void(id, body, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'void'), body }, options)
  }

  /** Ship some or all units. @param {string} id @param {any} [body] @param {any} [options] */
  fulfill(id, body, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'fulfill'), body }, options)
  }

  /** Shipped units arrived: of one fulfilment, or all. @param {string} id @param {any} [body] @param {any} [options] */
  deliver(id, body, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'deliver'), body }, options)
  }

  /** Cancel before the first unit is sent: refunds what was captured, releases what was held and reserved. @param {string} id @param {any} [body] @param {any} [options] */
  cancel(id, body, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'cancel'), body }, options)
  }

  /** Cancel unsent units: what was paid for them goes back, what was held or reserved for them is released. @param {string} id @param {any} [body] @param {any} [options] */
  cancelItems(id, body, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'items', 'cancel'), body }, options)
  }

  /** Change what was sold, all or nothing: lines, prices, shipping, address, discounts, cancelled units. @param {string} id @param {any} [body] @param {any} [options] */
  edit(id, body, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'edits'), body }, options)
  }

  /** Refund an amount, some units, or all that is left. @param {string} id @param {any} [body] @param {any} [options] */
  refund(id, body, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'refund'), body }, options)
  }

  /** Put a hold on the order: nothing is sent while it stands. Many may stand at once. @param {string} id @param {any} [body] @param {any} [options] */
  hold(id, body, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'holds'), body }, options)
  }

  /** End a hold. One of a dispute ends with the dispute alone: 409. @param {string} id @param {string} holdId @param {any} [options] */
  releaseHold(id, holdId, options) {
    return this.#transport.send({ method: 'DELETE', path: at('order', id, 'holds', holdId) }, options)
  }

  /** Request a return of delivered units, inside the return window. @param {string} id @param {any} [body] @param {any} [options] */
  return(id, body, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'return'), body }, options)
  }

  /** The order's returns, oldest first. @param {string} id @param {any} [options] */
  returns(id, options) {
    return this.#transport.send({ method: 'GET', path: at('order', id, 'returns') }, options)
  }

  /** One return. @param {string} id @param {string} returnId @param {any} [options] */
  getReturn(id, returnId, options) {
    return this.#transport.send({ method: 'GET', path: at('order', id, 'return', returnId) }, options)
  }

  /** The return may be sent, by `shipBy`; the customer is told how. @param {string} id @param {string} returnId @param {any} [body] @param {any} [options] */
  approveReturn(id, returnId, body, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'return', returnId, 'approve'), body }, options)
  }

  /** Refuse the return. @param {string} id @param {string} returnId @param {any} [body] @param {any} [options] */
  rejectReturn(id, returnId, body, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'return', returnId, 'reject'), body }, options)
  }

  /** Keep what was to be sent back, while nothing of it is received. @param {string} id @param {string} returnId @param {any} [options] */
  withdrawReturn(id, returnId, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'return', returnId, 'withdraw') }, options)
  }

  /** A parcel came back: credits the units received, less the fee, and gives back what is surplus then. @param {string} id @param {string} returnId @param {any} [body] @param {any} [options] */
  receiveReturn(id, returnId, body, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'return', returnId, 'receive'), body }, options)
  }

  /** Exchange delivered units for others, inside the return window; the new ones are reserved at once, all or none. @param {string} id @param {any} [body] @param {any} [options] */
  exchange(id, body, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'exchange'), body }, options)
  }

  /** The order's exchanges, oldest first. @param {string} id @param {any} [options] */
  exchanges(id, options) {
    return this.#transport.send({ method: 'GET', path: at('order', id, 'exchanges') }, options)
  }

  /** One exchange. @param {string} id @param {string} exchangeId @param {any} [options] */
  getExchange(id, exchangeId, options) {
    return this.#transport.send({ method: 'GET', path: at('order', id, 'exchange', exchangeId) }, options)
  }

  /** Replace or refund shipped units that are damaged, missing or the wrong ones, each once; no parcel is waited for. @param {string} id @param {any} [body] @param {any} [options] */
  claim(id, body, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'claim'), body }, options)
  }

  /** The order's claims, oldest first. @param {string} id @param {any} [options] */
  claims(id, options) {
    return this.#transport.send({ method: 'GET', path: at('order', id, 'claims') }, options)
  }

  /** One claim. @param {string} id @param {string} claimId @param {any} [options] */
  getClaim(id, claimId, options) {
    return this.#transport.send({ method: 'GET', path: at('order', id, 'claim', claimId) }, options)
  }

  /** The order's timeline, in the engine's own event names. @param {string} id @param {any} [options] */
  events(id, options) {
    return this.#transport.send({ method: 'GET', path: at('order', id, 'events') }, options)
  }

  /** What the order waits for and what may be done with it, from its row: also when no workflow of it runs. @param {string} id @param {any} [options] */
  explain(id, options) {
    return this.#transport.send({ method: 'GET', path: at('engine', 'orders', id, 'explain') }, options)
  }

  /** Everything the order waits for, the most pressing first. @param {string} id @param {any} [options] */
  waiting(id, options) {
    return this.#transport.send({ method: 'GET', path: at('engine', 'orders', id, 'waiting') }, options)
  }

  /** The order's windows, the nearest first, and what happens when each closes. @param {string} id @param {any} [options] */
  timers(id, options) {
    return this.#transport.send({ method: 'GET', path: at('engine', 'orders', id, 'timers') }, options)
  }

  /** Move a window, or let what it does happen now. @param {string} id @param {string} name @param {any} [body] @param {any} [options] */
  moveTimer(id, name, body, options) {
    return this.#transport.send({ method: 'POST', path: at('engine', 'orders', id, 'timers', name), body }, options)
  }
}

/** The same verbs, answering what each would do. */
export class OrdersDryRun {
  #transport

  /** @param {import('./transport.js').Transport} transport */
  constructor(transport) {
    this.#transport = transport
  }

  /** Create an order. @param {any} [body] @param {any} [options] */
  create(body, options) {
    return this.#transport.send({ method: 'POST', path: at('order'), query: { dryRun: true }, body }, options)
  }

  /** Update metadata, notes and tags at any time, addresses until the first unit is sent. @param {string} id @param {any} [body] @param {any} [options] */
  update(id, body, options) {
    return this.#transport.send({ method: 'PATCH', path: at('order', id), query: { dryRun: true }, body }, options)
  }

  /** Confirm: reserves every line, or none. @param {string} id @param {any} [options] */
  confirm(id, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'confirm'), query: { dryRun: true } }, options)
  }

  /** Pay what is due; a draft is confirmed by it. @param {string} id @param {any} [body] @param {any} [options] */
  pay(id, body, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'pay'), query: { dryRun: true }, body }, options)
  }

  /** Hold what is due, without taking it. @param {string} id @param {any} [body] @param {any} [options] */
  authorize(id, body, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'authorize'), query: { dryRun: true }, body }, options)
  }

  /** Take what is held. @param {string} id @param {any} [body] @param {any} [options] */
  capture(id, body, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'capture'), query: { dryRun: true }, body }, options)
  }

  /** Release what is held. @param {string} id @param {any} [body] @param {any} [options] */
  void(id, body, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'void'), query: { dryRun: true }, body }, options)
  }

  /** Ship some or all units. @param {string} id @param {any} [body] @param {any} [options] */
  fulfill(id, body, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'fulfill'), query: { dryRun: true }, body }, options)
  }

  /** Shipped units arrived: of one fulfilment, or all. @param {string} id @param {any} [body] @param {any} [options] */
  deliver(id, body, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'deliver'), query: { dryRun: true }, body }, options)
  }

  /** Cancel before the first unit is sent: refunds what was captured, releases what was held and reserved. @param {string} id @param {any} [body] @param {any} [options] */
  cancel(id, body, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'cancel'), query: { dryRun: true }, body }, options)
  }

  /** Cancel unsent units: what was paid for them goes back, what was held or reserved for them is released. @param {string} id @param {any} [body] @param {any} [options] */
  cancelItems(id, body, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'items', 'cancel'), query: { dryRun: true }, body }, options)
  }

  /** Change what was sold, all or nothing: lines, prices, shipping, address, discounts, cancelled units. @param {string} id @param {any} [body] @param {any} [options] */
  edit(id, body, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'edits'), query: { dryRun: true }, body }, options)
  }

  /** Refund an amount, some units, or all that is left. @param {string} id @param {any} [body] @param {any} [options] */
  refund(id, body, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'refund'), query: { dryRun: true }, body }, options)
  }

  /** Put a hold on the order: nothing is sent while it stands. Many may stand at once. @param {string} id @param {any} [body] @param {any} [options] */
  hold(id, body, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'holds'), query: { dryRun: true }, body }, options)
  }

  /** End a hold. One of a dispute ends with the dispute alone: 409. @param {string} id @param {string} holdId @param {any} [options] */
  releaseHold(id, holdId, options) {
    return this.#transport.send({ method: 'DELETE', path: at('order', id, 'holds', holdId), query: { dryRun: true } }, options)
  }

  /** Request a return of delivered units, inside the return window. @param {string} id @param {any} [body] @param {any} [options] */
  return(id, body, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'return'), query: { dryRun: true }, body }, options)
  }

  /** The return may be sent, by `shipBy`; the customer is told how. @param {string} id @param {string} returnId @param {any} [body] @param {any} [options] */
  approveReturn(id, returnId, body, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'return', returnId, 'approve'), query: { dryRun: true }, body }, options)
  }

  /** Refuse the return. @param {string} id @param {string} returnId @param {any} [body] @param {any} [options] */
  rejectReturn(id, returnId, body, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'return', returnId, 'reject'), query: { dryRun: true }, body }, options)
  }

  /** Keep what was to be sent back, while nothing of it is received. @param {string} id @param {string} returnId @param {any} [options] */
  withdrawReturn(id, returnId, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'return', returnId, 'withdraw'), query: { dryRun: true } }, options)
  }

  /** A parcel came back: credits the units received, less the fee, and gives back what is surplus then. @param {string} id @param {string} returnId @param {any} [body] @param {any} [options] */
  receiveReturn(id, returnId, body, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'return', returnId, 'receive'), query: { dryRun: true }, body }, options)
  }

  /** Exchange delivered units for others, inside the return window; the new ones are reserved at once, all or none. @param {string} id @param {any} [body] @param {any} [options] */
  exchange(id, body, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'exchange'), query: { dryRun: true }, body }, options)
  }

  /** Replace or refund shipped units that are damaged, missing or the wrong ones, each once; no parcel is waited for. @param {string} id @param {any} [body] @param {any} [options] */
  claim(id, body, options) {
    return this.#transport.send({ method: 'POST', path: at('order', id, 'claim'), query: { dryRun: true }, body }, options)
  }

  /** Move a window, or let what it does happen now. @param {string} id @param {string} name @param {any} [body] @param {any} [options] */
  moveTimer(id, name, body, options) {
    return this.#transport.send({ method: 'POST', path: at('engine', 'orders', id, 'timers', name), query: { dryRun: true }, body }, options)
  }
}

/** Orders of every face, found by what somebody remembers of them or by what they wait for. */
export class Search {
  #transport

  /** @param {import('./transport.js').Transport} transport */
  constructor(transport) {
    this.#transport = transport
  }

  /** Orders of every face, found by anything somebody remembers of them, or by what they wait for. @param {any} [params] @param {any} [options] */
  list(params, options) {
    return this.#transport.send({ method: 'GET', path: at('engine', 'orders'), query: params }, options)
  }

  /** Every match, page after page. @param {any} [params] @param {any} [options] */
  all(params = {}, options) {
    return follow((asked) => this.list(asked, options), params)
  }
}

/** What people have to do. */
export class Tasks {
  #transport

  /** @param {import('./transport.js').Transport} transport */
  constructor(transport) {
    this.#transport = transport
  }

  /** What people have to do, the oldest due first. A task leaves the list when what makes it does. @param {any} [params] @param {any} [options] */
  list(params, options) {
    return this.#transport.send({ method: 'GET', path: at('engine', 'tasks'), query: params }, options)
  }

  /** Every match, page after page. @param {any} [params] @param {any} [options] */
  all(params = {}, options) {
    return follow((asked) => this.list(asked, options), params)
  }
}

/** Every coming deadline. */
export class Agenda {
  #transport

  /** @param {import('./transport.js').Transport} transport */
  constructor(transport) {
    this.#transport = transport
  }

  /** Every coming deadline of all orders, the soonest first, with what will happen and the money it moves. @param {any} [params] @param {any} [options] */
  list(params, options) {
    return this.#transport.send({ method: 'GET', path: at('engine', 'agenda'), query: params }, options)
  }

  /** Every match, page after page. @param {any} [params] @param {any} [options] */
  all(params = {}, options) {
    return follow((asked) => this.list(asked, options), params)
  }
}

/** Orders and money per day. */
export class Stats {
  #transport

  /** @param {import('./transport.js').Transport} transport */
  constructor(transport) {
    this.#transport = transport
  }

  /** Orders, units and money per day of the shop's time zone and currency, and what open orders wait for now. @param {any} [params] @param {any} [options] */
  get(params, options) {
    return this.#transport.send({ method: 'GET', path: at('engine', 'stats'), query: params }, options)
  }
}

/** What is sold, by variant. */
export class Catalog {
  #transport

  /** @param {import('./transport.js').Transport} transport */
  constructor(transport) {
    this.#transport = transport
  }

  /** The catalogue, by id. @param {any} [params] @param {any} [options] */
  list(params, options) {
    return this.#transport.send({ method: 'GET', path: at('engine', 'catalog'), query: params }, options)
  }

  /** One catalogue entry. @param {string} variantId @param {any} [options] */
  get(variantId, options) {
    return this.#transport.send({ method: 'GET', path: at('engine', 'catalog', variantId) }, options)
  }

  /** Put a catalogue entry, new or changed. @param {string} variantId @param {any} [body] @param {any} [options] */
  put(variantId, body, options) {
    return this.#transport.send({ method: 'PUT', path: at('engine', 'catalog', variantId), body }, options)
  }

  /** Take an entry out of the catalogue; orders that hold it keep it. @param {string} variantId @param {any} [options] */
  delete(variantId, options) {
    return this.#transport.send({ method: 'DELETE', path: at('engine', 'catalog', variantId) }, options)
  }
}

/** How many there are, by variant. */
export class Stock {
  #transport

  /** @param {import('./transport.js').Transport} transport */
  constructor(transport) {
    this.#transport = transport
  }

  /** One variant's stock. @param {string} variantId @param {any} [options] */
  get(variantId, options) {
    return this.#transport.send({ method: 'GET', path: at('engine', 'inventory', variantId) }, options)
  }

  /** Set what is on the shelf. Never below what is reserved, unless backorders are taken. @param {string} variantId @param {any} [body] @param {any} [options] */
  set(variantId, body, options) {
    return this.#transport.send({ method: 'PUT', path: at('engine', 'inventory', variantId), body }, options)
  }

  /** Move units on or off the shelf; the movement is kept with its reason. @param {string} variantId @param {any} [body] @param {any} [options] */
  adjust(variantId, body, options) {
    return this.#transport.send({ method: 'POST', path: at('engine', 'inventory', variantId, 'adjust'), body }, options)
  }

  /** The latest hundred movements of a variant, newest first. @param {string} variantId @param {any} [options] */
  movements(variantId, options) {
    return this.#transport.send({ method: 'GET', path: at('engine', 'inventory', variantId, 'movements') }, options)
  }
}

/** How an order may be sent. */
export class ShippingMethods {
  #transport

  /** @param {import('./transport.js').Transport} transport */
  constructor(transport) {
    this.#transport = transport
  }

  /** The shipping methods of the policy file. @param {any} [options] */
  list(options) {
    return this.#transport.send({ method: 'GET', path: at('engine', 'shipping-methods') }, options)
  }
}

/** A customer's store credit. */
export class Credit {
  #transport

  /** @param {import('./transport.js').Transport} transport */
  constructor(transport) {
    this.#transport = transport
  }

  /** A customer's store credit per currency, and what moved it, newest first. @param {string} customerId @param {any} [params] @param {any} [options] */
  get(customerId, params, options) {
    return this.#transport.send({ method: 'GET', path: at('engine', 'customers', customerId, 'credit'), query: params }, options)
  }

  /** Give a customer store credit, or take some away; the reason is kept. @param {string} customerId @param {any} [body] @param {any} [options] */
  grant(customerId, body, options) {
    return this.#transport.send({ method: 'POST', path: at('engine', 'customers', customerId, 'credit'), body }, options)
  }
}

/** Restricted and customer keys. */
export class Keys {
  #transport

  /** @param {import('./transport.js').Transport} transport */
  constructor(transport) {
    this.#transport = transport
  }

  /** Restricted and customer keys of this mode, revoked ones included. @param {any} [options] */
  list(options) {
    return this.#transport.send({ method: 'GET', path: at('engine', 'keys') }, options)
  }

  /** Make a restricted or a customer key of this mode; the key is shown once. @param {any} [body] @param {any} [options] */
  create(body, options) {
    return this.#transport.send({ method: 'POST', path: at('engine', 'keys'), body }, options)
  }

  /** End a restricted or customer key; it works for at most two seconds more (api/http/auth.py). @param {string} keyId @param {any} [options] */
  revoke(keyId, options) {
    return this.#transport.send({ method: 'DELETE', path: at('engine', 'keys', keyId) }, options)
  }
}

/** Endpoints that get every event, and what was sent to them. */
export class Webhooks {
  #transport

  /** @param {import('./transport.js').Transport} transport */
  constructor(transport) {
    this.#transport = transport
  }

  /** The webhook endpoints of this mode. @param {any} [options] */
  list(options) {
    return this.#transport.send({ method: 'GET', path: at('webhook') }, options)
  }

  /** Register a webhook endpoint. @param {any} [body] @param {any} [options] */
  create(body, options) {
    return this.#transport.send({ method: 'POST', path: at('webhook'), body }, options)
  }

  /** One webhook endpoint; `status` says how it does, `reason` why. @param {string} webhookId @param {any} [options] */
  get(webhookId, options) {
    return this.#transport.send({ method: 'GET', path: at('webhook', webhookId) }, options)
  }

  /** Change where it goes, what it takes, or whether it is sent to. Active again, it gets what waited. @param {string} webhookId @param {any} [body] @param {any} [options] */
  update(webhookId, body, options) {
    return this.#transport.send({ method: 'PATCH', path: at('webhook', webhookId), body }, options)
  }

  /** Delete it with its deliveries. @param {string} webhookId @param {any} [options] */
  delete(webhookId, options) {
    return this.#transport.send({ method: 'DELETE', path: at('webhook', webhookId) }, options)
  }

  /** What was sent and what came back, newest first. @param {string} webhookId @param {any} [params] @param {any} [options] */
  deliveries(webhookId, params, options) {
    return this.#transport.send({ method: 'GET', path: at('webhook', webhookId, 'deliveries'), query: params }, options)
  }

  /** Send a `webhook.test` with an order that looks like any other; its delivery is among the others. @param {string} webhookId @param {any} [options] */
  test(webhookId, options) {
    return this.#transport.send({ method: 'POST', path: at('webhook', webhookId, 'test'), accepted: true }, options)
  }

  /** Send one delivery once more, under the same `webhook-id`. @param {string} webhookId @param {any} [body] @param {any} [options] */
  redeliver(webhookId, body, options) {
    return this.#transport.send({ method: 'POST', path: at('webhook', webhookId, 'redeliver'), body, accepted: true }, options)
  }

  /** Send an order's events once more, from a sequence on, in their order. @param {string} webhookId @param {any} [body] @param {any} [options] */
  replay(webhookId, body, options) {
    return this.#transport.send({ method: 'POST', path: at('webhook', webhookId, 'replay'), body, accepted: true }, options)
  }

  /** A new secret, shown once; for 24 hours both sign. @param {string} webhookId @param {any} [options] */
  rotate(webhookId, options) {
    return this.#transport.send({ method: 'POST', path: at('webhook', webhookId, 'rotate') }, options)
  }
}
