import { Orders } from './orders.js'
import { Transport } from './transport.js'

/** The client: `new Commerce({ apiKey })`. Without `baseUrl` it takes ORDERMILL_API_URL, else http://127.0.0.1:8000. */
export class Commerce {
  /** @param {import('../index.d.ts').CommerceOptions} options */
  constructor(options) {
    const transport = new Transport(options)
    this.baseUrl = transport.baseUrl
    this.orders = new Orders(transport)
  }
}
