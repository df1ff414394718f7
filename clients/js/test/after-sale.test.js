/** Against a running engine: what comes after the sale, and what the engine knows beside orders. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Commerce, ConflictError, NotFoundError } from '@ordermill/commerce'

const apiKey = process.env.ORDERMILL_API_KEY
assert.ok(apiKey && process.env.ORDERMILL_API_URL, 'needs ORDERMILL_API_URL and ORDERMILL_API_KEY: `make clients`')
const commerce = new Commerce({ apiKey })
const { orders } = commerce
const unique = `${process.pid}_${Date.now()}`
const ORDER = { email: 'jane@example.com', items: [{ variantId: 'var_xyz789', quantity: 3, unitPrice: 2999 }] }

async function paid(more = {}) {
  const { id } = await orders.create({ ...ORDER, ...more })
  return orders.pay(id, { paymentMethod: 'pm_card_visa' })
}

test('all() passes nothing over, though what it yields stops matching: 12 of 12', async () => {
  const customerId = `cust_js_all_${unique}`
  for (let n = 0; n < 12; n++) await orders.create({ ...ORDER, customerId })
  let cancelled = 0
  for await (const order of orders.all({ status: 'draft', customerId, display: 4 })) {
    await orders.cancel(order.id)
    cancelled++
  }
  assert.equal(cancelled, 12)
  assert.equal((await orders.list({ status: 'draft', customerId })).count, 0)
})

test('an edit does what its dry run says, a hold keeps units back, units are cancelled', async () => {
  const order = await paid()
  const itemId = order.items[0].id
  const edit = { operations: [{ op: 'set_quantity', itemId, quantity: 2 }], note: 'agreed' }
  const would = await orders.dryRun.edit(order.id, edit)
  assert.deepEqual([would.dryRun, would.order.total], [true, 5998])
  assert.equal((await orders.get(order.id)).total, order.total)
  const edited = await orders.edit(order.id, edit, { ifMatch: order.etag })
  assert.deepEqual([edited.total, edited.edit.surplus], [5998, 2999])
  const hold = await orders.hold(order.id, { kind: 'manual', reason: 'call first' })
  await assert.rejects(orders.fulfill(order.id), (e) => e instanceof ConflictError && e.code === 'order_on_hold')
  const waiting = await orders.waiting(order.id)
  assert.ok(waiting.models.some((wait) => wait.for === 'hold'))
  assert.ok((await commerce.tasks.list({ kind: 'hold', limit: 100 })).models.length > 0)
  assert.equal(await orders.releaseHold(order.id, hold.id), undefined)
  const left = await orders.cancelItems(order.id, { items: [{ itemId, quantity: 1 }] })
  assert.equal(left.items[0].cancelledQuantity, 1)
})

test('a return in steps, and one that is withdrawn', async () => {
  const order = await paid({ customerId: `cust_js_${unique}` })
  const itemId = order.items[0].id
  await orders.fulfill(order.id)
  await orders.deliver(order.id)
  const first = await orders.return(order.id, { items: [{ itemId, quantity: 2 }], refundMethod: 'store_credit' })
  const label = { carrier: 'UPS', trackingNumber: '1Z', url: 'https://example.com/label' }
  assert.equal((await orders.approveReturn(order.id, first.id, { label })).label.carrier, 'UPS')
  const part = { items: [{ itemId, quantity: 1, condition: 'opened' }], final: false }
  assert.equal((await orders.receiveReturn(order.id, first.id, part)).status, 'partially_received')
  assert.equal((await orders.receiveReturn(order.id, first.id)).status, 'refunded')
  assert.equal((await orders.getReturn(order.id, first.id)).refundAmount, 5998)
  const credit = await commerce.credit.get(`cust_js_${unique}`)
  assert.deepEqual(credit.balances, [{ currency: 'USD', balance: 5998 }])
  const second = await orders.return(order.id, { items: [{ itemId, quantity: 1 }] })
  assert.equal((await orders.withdrawReturn(order.id, second.id)).status, 'withdrawn')
})

test('an exchange and a claim', async () => {
  const order = await paid()
  const itemId = order.items[0].id
  await orders.fulfill(order.id)
  await orders.deliver(order.id)
  const wanted = {
    items: [{ itemId, quantity: 1, reason: 'too small' }],
    newItems: [{ variantId: 'var_xyz789', quantity: 1, unitPrice: 2999 }]
  }
  assert.ok((await orders.dryRun.exchange(order.id, wanted)).events.includes('order.exchange_requested'))
  const exchange = await orders.exchange(order.id, wanted)
  assert.deepEqual([exchange.status, exchange.difference], ['requested', 0])
  await orders.approveReturn(order.id, exchange.returnId)
  await orders.receiveReturn(order.id, exchange.returnId)
  await orders.fulfill(order.id)
  assert.equal((await orders.getExchange(order.id, exchange.id)).status, 'completed')
  assert.equal((await orders.exchanges(order.id)).count, 1)
  const broken = { items: [{ itemId, quantity: 1, reason: 'damaged' }], resolution: 'replace' }
  const claim = await orders.claim(order.id, broken)
  assert.equal((await orders.getClaim(order.id, claim.id)).resolution, 'replace')
  assert.equal((await orders.claims(order.id)).models[0].id, claim.id)
})

test('windows are seen and moved', async () => {
  const order = await orders.confirm((await orders.create(ORDER)).id)
  const { models } = await orders.timers(order.id)
  assert.ok(models.some((timer) => timer.name === 'payment_window'))
  const at = new Date(Date.now() + 86_400_000).toISOString().replace(/\.\d+/, '')
  assert.equal((await orders.moveTimer(order.id, 'payment_window', { at })).at, at)
  assert.equal((await orders.dryRun.moveTimer(order.id, 'payment_window', { fire: true })).order.status, 'cancelled')
  let coming = false
  for await (const deadline of commerce.agenda.all({ limit: 100 })) coming ||= deadline.orderId === order.id
  assert.ok(coming)
  const found = await commerce.search.list({ q: order.id })
  assert.equal(found.models[0].id, order.id)
  assert.equal(typeof (await orders.explain(order.id)), 'object')
  assert.ok((await commerce.stats.get()).models.length > 0)
})

test('catalogue, stock, keys and webhook endpoints', async () => {
  const variantId = `var_js_${unique}`
  const put = await commerce.catalog.put(variantId, { title: 'Cup', unitPrice: 900, options: ['red'] })
  assert.deepEqual([put.title, put.options], ['Cup', ['red']])
  assert.equal((await commerce.stock.set(variantId, { onHand: 5 })).available, 5)
  assert.equal((await commerce.stock.adjust(variantId, { delta: -2, reason: 'broken' })).onHand, 3)
  assert.ok((await commerce.stock.movements(variantId)).models.length >= 2)
  assert.equal((await commerce.catalog.get(variantId)).unitPrice, 900)
  assert.ok((await commerce.catalog.list({ display: 1 })).count >= 1)
  await commerce.catalog.delete(variantId)
  await assert.rejects(commerce.catalog.get(variantId), NotFoundError)
  assert.ok((await commerce.shippingMethods.list()).models.length > 0)
  const key = await commerce.keys.create({ scope: 'customer', customerId: `cust_js_${unique}`, name: 'shop front' })
  const theirs = new Commerce({ apiKey: key.key })
  assert.ok((await theirs.orders.list()).models.every((order) => order.customerId === `cust_js_${unique}`))
  await commerce.keys.revoke(key.id)
  await assert.rejects(theirs.orders.list(), { status: 401 })
  const hook = await commerce.webhooks.create({ url: 'https://example.com/hook', events: ['order.paid'] })
  assert.match(hook.secret, /^whsec_/)
  assert.deepEqual((await commerce.webhooks.update(hook.id, { events: ['*'] })).events, ['*'])
  assert.notEqual((await commerce.webhooks.rotate(hook.id)).secret, hook.secret)
  assert.equal((await commerce.webhooks.test(hook.id)).type, 'webhook.test')
  assert.equal((await commerce.webhooks.deliveries(hook.id, { limit: 1 })).models.length, 1)
  await commerce.webhooks.delete(hook.id)
})

test('any other route: the storefront face, and its refusals', async () => {
  const order = await orders.create(ORDER)
  const { data } = await commerce.request('GET', `/api/v1/orders/${order.id}`, { query: { include: 'notes' } })
  assert.equal(data.order_number, order.displayId.slice(1))
  await assert.rejects(commerce.request('GET', '/api/v1/orders/none'), { code: 'ORDER_NOT_FOUND', status: 404 })
})
