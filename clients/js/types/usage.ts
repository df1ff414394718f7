/** Compiled, never run: what a caller in TypeScript relies on. `tsc -p clients/js`. */
import {
  Commerce,
  ConflictError,
  PaymentError,
  constructEvent,
  type DryRun,
  type EditInput,
  type Order,
  type OrderSummary,
  type WebhookEvent
} from '@ordermill/commerce'

const commerce = new Commerce({ apiKey: 'key' })
const order: Order = await commerce.orders.get('1042', { expand: ['items.product', 'payments'] })
const vendor: string | null | undefined = order.items[0]?.product?.vendor
const found: OrderSummary[] = []
for await (const each of commerce.orders.all({ status: 'draft', since: new Date(0) })) found.push(each)
await commerce.orders.cancel(order.id, { reason: 'fraud' }, order.etag === undefined ? {} : { ifMatch: order.etag })
const edit: EditInput = { operations: [{ op: 'add_item', variantId: 'var_001', quantity: 1 }], note: 'agreed' }
const would: DryRun = await commerce.orders.dryRun.edit(order.id, edit)
const due: number = (await commerce.orders.edit(order.id, edit)).edit.due
for await (const task of commerce.tasks.all({ kind: ['surplus'] })) found.push(await commerce.orders.get(task.orderId ?? ''))
const event: WebhookEvent = await constructEvent('{}', new Headers(), 'whsec_x')
const gone: void = await commerce.orders.releaseHold(order.id, 'hold_1')
// @ts-expect-error a reason of nobody
await commerce.orders.cancel(order.id, { reason: 'boredom' })
// @ts-expect-error an operation of nobody
await commerce.orders.edit(order.id, { operations: [{ op: 'burn' }] })
// @ts-expect-error a return names what comes back
await commerce.orders.return(order.id)
// @ts-expect-error a key is needed
new Commerce({})
const told = (error: unknown) => (error instanceof PaymentError ? error.declineCode : error instanceof ConflictError && error.code)
export { due, event, found, gone, told, vendor, would }
