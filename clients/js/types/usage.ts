/** Compiled, never run: what a caller in TypeScript relies on. `tsc -p clients/js`. */
import { Commerce, ConflictError, PaymentError, type Order, type OrderSummary } from '@ordermill/commerce'

const commerce = new Commerce({ apiKey: 'key' })
const order: Order = await commerce.orders.get('1042', { expand: ['items.product', 'payments'] })
const vendor: string | null | undefined = order.items[0]?.product?.vendor
const found: OrderSummary[] = []
for await (const each of commerce.orders.all({ status: 'draft', since: new Date(0) })) found.push(each)
await commerce.orders.cancel(order.id, { reason: 'fraud' }, order.etag === undefined ? {} : { ifMatch: order.etag })
// @ts-expect-error a reason of nobody
await commerce.orders.cancel(order.id, { reason: 'boredom' })
// @ts-expect-error a key is needed
new Commerce({})
const told = (error: unknown) => (error instanceof PaymentError ? error.declineCode : error instanceof ConflictError && error.code)
export { found, told, vendor }
