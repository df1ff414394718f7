/** Against a running engine (ORDERMILL_API_URL, ORDERMILL_API_KEY): the document's own JavaScript, and every verb. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Commerce, ConflictError, NotFoundError, PaymentError, PreconditionError, ValidationError } from '@ordermill/commerce'

const apiKey = process.env.ORDERMILL_API_KEY
const HERE = fileURLToPath(new URL('.', import.meta.url))
const DOCUMENT = new URL('../../../tests/documents/000-hanzo-order-api.txt', import.meta.url)
const ORDER = {
  email: 'jane@example.com',
  currency: 'USD',
  items: [{ variantId: 'var_xyz789', quantity: 2, unitPrice: 2999 }],
  shippingAddress: { line1: '456 Oak Ave', city: 'Portland', state: 'OR', postalCode: '97201', country: 'US' },
  shippingMethodId: 'ship_standard'
}

assert.ok(apiKey && process.env.ORDERMILL_API_URL, 'needs ORDERMILL_API_URL and ORDERMILL_API_KEY: `make clients`')
const commerce = new Commerce({ apiKey })

async function paid() {
  const { id } = await commerce.orders.create(ORDER)
  return commerce.orders.pay(id, { paymentMethod: 'pm_card_visa' })
}

/** The sample as printed, its import and placeholders replaced; cancel gets an order of its own (contract, section 0). */
function printed(shipped, cancelled) {
  const [, sample] = readFileSync(DOCUMENT, 'utf8').match(/SDK Examples\s+JavaScript\n([\s\S]*?)Go\n/)
  const lines = sample.split('\n')
  assert.equal(lines[0], "import { Commerce } from '@hanzo/commerce'")
  const called = [...sample.matchAll(/commerce\.orders\.(\w+)/g)].map((match) => match[1])
  assert.deepEqual(called, ['list', 'get', 'fulfill', 'cancel', 'refund'], 'the whole sample, and no other')
  return ["import { Commerce } from '@ordermill/commerce'", ...lines.slice(1)]
    .join('\n')
    .replace("'your_key'", JSON.stringify(apiKey))
    .replace("cancel('order_abc123'", `cancel('${cancelled.id}'`)
    .replaceAll('order_abc123', shipped.id)
    .replaceAll('oitem_001', shipped.items[0].id)
    .concat('\nexport { orders, order }\n')
}

test("the document's JavaScript runs as printed", async () => {
  const [shipped, cancelled] = [await paid(), await paid()]
  // Inside the package, so that it is found under its own name.
  const folder = mkdtempSync(join(HERE, '.sample-'))
  try {
    const file = join(folder, 'sample.mjs')
    writeFileSync(file, printed(shipped, cancelled), { mode: 0o600 })
    const { orders, order } = await import(pathToFileURL(file).href)
    assert.ok(orders.count >= 2)
    assert.ok(orders.models.some((model) => model.id === shipped.id))
    assert.equal(order.id, shipped.id)
    assert.equal(typeof order.items[0].product.name, 'string')
    assert.equal(order.payments[0].status, 'captured')
  } finally {
    rmSync(folder, { recursive: true })
  }
  const after = await commerce.orders.get(shipped.id)
  assert.equal(after.status, 'shipped')
  assert.equal(after.fulfillments[0].tracking.number, '1Z999AA10123456784')
  assert.equal(after.refundedTotal, 2999)
  const gone = await commerce.orders.get(cancelled.id)
  assert.deepEqual([gone.status, gone.cancelReason, gone.paymentStatus], ['cancelled', 'customer_request', 'refunded'])
})

test('an order from draft to returned', async () => {
  const { orders } = commerce
  const order = await orders.create(ORDER)
  assert.equal(order.lifecycle, 'draft')
  assert.equal((await orders.confirm(order.id)).lifecycle, 'confirmed')
  assert.equal((await orders.update(order.id, { metadata: { a_b: 1 } })).metadata.a_b, 1)
  assert.equal((await orders.authorize(order.id, { paymentMethod: 'pm_card_visa' })).paymentStatus, 'authorized')
  assert.equal((await orders.capture(order.id)).paymentStatus, 'captured')
  assert.equal((await orders.fulfill(order.id)).status, 'shipped')
  assert.equal((await orders.deliver(order.id)).lifecycle, 'delivered')
  const units = [{ itemId: order.items[0].id, quantity: 1 }]
  const back = await orders.return(order.id, { items: [{ ...units[0], reason: 'wrong_size' }] })
  assert.equal((await orders.approveReturn(order.id, back.id)).status, 'approved')
  assert.equal((await orders.receiveReturn(order.id, back.id, { items: units })).status, 'refunded')
  const second = await orders.return(order.id, { items: units })
  assert.equal((await orders.rejectReturn(order.id, second.id, { reason: 'worn' })).rejectReason, 'worn')
  assert.equal((await orders.returns(order.id)).count, 2)
  const refund = await orders.refund(order.id, { amount: 100, reason: 'late' })
  assert.deepEqual([refund.amount, refund.status], [100, 'processed'])
  const { models } = await orders.events(order.id)
  assert.deepEqual(models.map((event) => event.sequence), models.map((_, index) => index + 1))
})

test('void releases what was authorised', async () => {
  const { id } = await commerce.orders.create(ORDER)
  await commerce.orders.authorize(id, { paymentMethod: 'pm_card_visa' })
  assert.equal((await commerce.orders.void(id)).payments[0].status, 'voided')
})

test('all() walks every order of a customer, oldest first', async () => {
  const customerId = `cust_js_${Date.now()}`
  const placed = []
  for (let n = 0; n < 5; n++) placed.push((await commerce.orders.create({ ...ORDER, customerId })).id)
  const found = []
  for await (const order of commerce.orders.all({ customerId, display: 2 })) found.push(order.id)
  assert.deepEqual(found.sort(), placed.sort())
})

test('the same key does a thing once', async () => {
  const idempotencyKey = crypto.randomUUID()
  const first = await commerce.orders.create(ORDER, { idempotencyKey })
  const again = await commerce.orders.create(ORDER, { idempotencyKey })
  assert.deepEqual(again, first)
  const other = commerce.orders.create({ ...ORDER, notes: 'other' }, { idempotencyKey })
  await assert.rejects(other, { code: 'idempotency_key_reused', status: 422, idempotencyKey })
})

test('an old version is refused', async () => {
  const order = await commerce.orders.create(ORDER)
  const confirmed = await commerce.orders.confirm(order.id, { ifMatch: order.etag })
  assert.notEqual(confirmed.etag, order.etag)
  await assert.rejects(commerce.orders.cancel(order.id, {}, { ifMatch: order.etag }), PreconditionError)
})

test('refusals arrive as what they are', async () => {
  const { orders } = commerce
  const shop = await orders.create(ORDER)
  await assert.rejects(orders.get('order_01HZZZZZZZZZZZZZZZZZZZZZZZ'), NotFoundError)
  const unpaid = await orders.confirm(shop.id)
  await assert.rejects(orders.fulfill(unpaid.id), { name: 'PaymentError', code: 'payment_required', status: 402 })
  await assert.rejects(orders.pay(shop.id, { paymentMethod: 'pm_card_chargeDeclined' }), (error) => {
    assert.ok(error instanceof PaymentError && error.requestId)
    return error.code === 'payment_declined' && typeof error.declineCode === 'string'
  })
  await orders.cancel(shop.id, { reason: 'customer_request' })
  await assert.rejects(orders.cancel(shop.id), (error) => error instanceof ConflictError)
  await assert.rejects(orders.refund(shop.id, { amount: -1 }), (error) => {
    return error instanceof ValidationError && error.field === 'amount'
  })
})
