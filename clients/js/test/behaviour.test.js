/** ../../behaviour.json, case by case, over a real socket. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { test } from 'node:test'
import * as sdk from '@ordermill/commerce'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const contract = JSON.parse(readFileSync(new URL('../../behaviour.json', import.meta.url), 'utf8'))

const KINDS = {
  authentication: sdk.AuthenticationError,
  conflict: sdk.ConflictError,
  connection: sdk.ConnectionError,
  not_found: sdk.NotFoundError,
  payment: sdk.PaymentError,
  pending: sdk.PendingError,
  permission: sdk.PermissionError,
  precondition: sdk.PreconditionError,
  protocol: sdk.ProtocolError,
  unavailable: sdk.UnavailableError,
  validation: sdk.ValidationError
}

const CALLS = {
  get: (commerce, options) => commerce.orders.get('order_1', {}, options),
  pay: (commerce, options) => commerce.orders.pay('order_1', { paymentMethod: 'pm_card_visa' }, options),
  release: (commerce) => commerce.orders.releaseHold('order_1', 'hold_1'),
  test: (commerce) => commerce.webhooks.test('whk_1'),
  request: (commerce) =>
    commerce.request('post', '/v1/orders/order_1/cancel', { query: { a: 'b' }, body: { some_thing: 1 } })
}

/** A server that answers the script and notes what came. */
async function stub(answers, context) {
  const requests = []
  const script = [...answers]
  const server = createServer(async (request, response) => {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const { method, url, headers } = request
    requests.push({ method, path: url, headers, body: Buffer.concat(chunks).toString() })
    const answer = script.shift() ?? { status: 418, text: 'more requests than answers' }
    if (answer === 'drop') return request.socket.destroy()
    response.writeHead(answer.status, { Connection: 'close', ...answer.headers })
    response.end(answer.text ?? JSON.stringify(answer.body))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  context.after(() => new Promise((resolve) => server.close(resolve)))
  return { url: `http://127.0.0.1:${server.address().port}`, requests }
}

async function outcome(promise) {
  try {
    return { result: await promise }
  } catch (error) {
    return { error }
  }
}

function checkOutcome(expected, { result, error }) {
  if (!expected.error) {
    assert.equal(error, undefined)
    for (const [name, value] of Object.entries(expected.result ?? {})) assert.equal(result[name], value)
    if (!expected.result) assert.equal(result, undefined)
    return
  }
  const { kind, ...fields } = expected.error
  assert.ok(error instanceof KINDS[kind], `${error?.name} is not ${kind}`)
  for (const [name, value] of Object.entries(fields)) assert.equal(error[name], value)
}

for (const expected of contract.cases) {
  test(expected.name, async (context) => {
    const { url, requests } = await stub(expected.answers, context)
    const waits = []
    const sleep = async (seconds) => void waits.push(seconds)
    const commerce = new sdk.Commerce({ apiKey: 'key', baseUrl: url, maxRetries: contract.retries, sleep })
    const got = await outcome(CALLS[expected.call](commerce))
    checkOutcome(expected, got)
    const call = contract.calls[expected.call]
    assert.equal(requests.length, expected.requests)
    for (const request of requests) {
      assert.deepEqual([request.method, request.path], [call.method, call.path])
      assert.equal(request.headers.authorization, 'Bearer key')
      assert.equal(request.headers['user-agent'], `ordermill-js/${version}`)
      if (call.body) assert.deepEqual(JSON.parse(request.body), call.body)
    }
    const keys = new Set(requests.map((request) => request.headers['idempotency-key']))
    assert.equal(keys.size, 1)
    if (call.method === 'GET') assert.deepEqual([...keys], [undefined])
    else assert.match([...keys][0], /^[\x21-\x7e]{1,255}$/)
    if (got.error && call.method !== 'GET') assert.equal(got.error.idempotencyKey, [...keys][0])
    if (expected.waits) assert.deepEqual(waits, expected.waits)
    else assert.equal(waits.length, expected.requests - 1)
  })
}

test('every call has a key of its own, unless one is given', async (context) => {
  const ok = { status: 200, body: { id: 'order_1' } }
  const { url, requests } = await stub([ok, ok, ok], context)
  const commerce = new sdk.Commerce({ apiKey: 'key', baseUrl: url })
  await CALLS.pay(commerce)
  await CALLS.pay(commerce)
  await CALLS.pay(commerce, { idempotencyKey: 'mine', ifMatch: '"3"' })
  const keys = requests.map((request) => request.headers['idempotency-key'])
  assert.equal(new Set(keys).size, 3)
  assert.equal(keys[2], 'mine')
  assert.deepEqual(requests.map((request) => request.headers['if-match']), [undefined, undefined, '"3"'])
})

test('an aborted call ends with the reason it was given, also while it waits', async (context) => {
  const away = { status: 503, headers: { 'Retry-After': '60' }, text: '' }
  const { url, requests } = await stub([away], context)
  const commerce = new sdk.Commerce({ apiKey: 'key', baseUrl: url })
  const controller = new AbortController()
  const call = CALLS.pay(commerce, { signal: controller.signal })
  while (requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  setTimeout(() => controller.abort(new Error('enough')), 50)
  await assert.rejects(call, /enough/)
  await assert.rejects(CALLS.get(commerce, { signal: controller.signal }), /enough/)
  assert.equal(requests.length, 1)
})

test('a try that takes too long is tried again', async (context) => {
  const silent = createServer(() => {})
  await new Promise((resolve) => silent.listen(0, '127.0.0.1', resolve))
  context.after(() => silent.closeAllConnections() ?? silent.close())
  const baseUrl = `http://127.0.0.1:${silent.address().port}`
  const waits = []
  const sleep = async (seconds) => void waits.push(seconds)
  const commerce = new sdk.Commerce({ apiKey: 'key', baseUrl, maxRetries: 1, timeoutMs: 50, sleep })
  await assert.rejects(CALLS.get(commerce), sdk.ConnectionError)
  assert.equal(waits.length, 1)
})

test('arrays in a query are joined by commas, nothing is sent for nothing', async (context) => {
  const page = { status: 200, body: { count: 0, models: [] } }
  const { url, requests } = await stub([page, page], context)
  const commerce = new sdk.Commerce({ apiKey: 'key', baseUrl: `${url}/` })
  await commerce.orders.list({ expand: ['items.product', 'payments'], since: new Date(0), q: undefined })
  await commerce.orders.list()
  assert.equal(requests[0].path, '/order?expand=items.product%2Cpayments&since=1970-01-01T00%3A00%3A00.000Z')
  assert.equal(requests[1].path, '/order')
})

test('all() goes by cursor, from a page on if one is given', async (context) => {
  const page = (nextCursor, ...ids) => ({ status: 200, body: { count: 4, nextCursor, models: ids.map((id) => ({ id })) } })
  const { url, requests } = await stub([page('c1', 'a', 'b'), page('c2', 'c', 'd'), page(null, 'e')], context)
  const commerce = new sdk.Commerce({ apiKey: 'key', baseUrl: url })
  const seen = []
  for await (const order of commerce.orders.all({ display: 2, page: 3, status: 'paid' })) seen.push(order.id)
  assert.deepEqual(seen, ['a', 'b', 'c', 'd', 'e'])
  const asked = requests.map((request) => new URL(request.path, url).searchParams)
  assert.deepEqual(asked.map((each) => [each.get('page'), each.get('cursor')]), [['3', null], [null, 'c1'], [null, 'c2']])
  assert.ok(asked.every((each) => each.get('sort') === 'createdAt:asc' && each.get('status') === 'paid'))
})

test('other lists follow their cursor too', async (context) => {
  const page = (nextCursor, ...ids) => ({ status: 200, body: { nextCursor, models: ids.map((id) => ({ id })) } })
  const { url, requests } = await stub([page('c1', 'a'), page(null, 'b')], context)
  const commerce = new sdk.Commerce({ apiKey: 'key', baseUrl: url })
  const seen = []
  for await (const task of commerce.tasks.all({ kind: ['surplus', 'hold'] })) seen.push(task.id)
  assert.deepEqual(seen, ['a', 'b'])
  assert.equal(requests[1].path, '/engine/tasks?kind=surplus%2Chold&cursor=c1')
})

test('all() in another sort reads page after page and shows no order twice', async (context) => {
  const models = (...ids) => ({ status: 200, body: { count: 4, nextCursor: null, models: ids.map((id) => ({ id })) } })
  const { url, requests } = await stub([models('a', 'b'), models('b', 'c'), models('d')], context)
  const commerce = new sdk.Commerce({ apiKey: 'key', baseUrl: url })
  const seen = []
  for await (const order of commerce.orders.all({ display: 2, sort: 'total' })) seen.push(order.id)
  assert.deepEqual(seen, ['a', 'b', 'c', 'd'])
  const pages = requests.map((request) => new URL(request.path, url).searchParams.get('page'))
  assert.deepEqual(pages, [null, '2', '3'])
  assert.match(requests[0].path, /sort=total&display=2/)
})

test('an id cannot become another path, and a key is needed', async () => {
  const commerce = new sdk.Commerce({ apiKey: 'key', baseUrl: 'http://127.0.0.1:9' })
  for (const id of ['', '..', '.']) assert.throws(() => commerce.orders.get(id), TypeError)
  assert.throws(() => new sdk.Commerce({ apiKey: '' }), TypeError)
})

test('the key does not show when the client is printed', async () => {
  const { inspect } = await import('node:util')
  const commerce = new sdk.Commerce({ apiKey: 'sk_test_hidden', baseUrl: 'http://127.0.0.1:9' })
  assert.doesNotMatch(inspect(commerce, { depth: 9, showHidden: true }) + JSON.stringify(commerce), /hidden/)
})
