import * as resources from './resources.js'
import { Transport } from './transport.js'

/** The client: `new Commerce({ apiKey })`. Without `baseUrl` it takes ORDERMILL_API_URL, else http://127.0.0.1:8000. */
export class Commerce {
  #transport

  /** @param {import('../index.d.ts').CommerceOptions} options */
  constructor(options) {
    const transport = new Transport(options)
    this.#transport = transport
    this.baseUrl = transport.baseUrl
    this.orders = new resources.Orders(transport)
    this.search = new resources.Search(transport)
    this.tasks = new resources.Tasks(transport)
    this.agenda = new resources.Agenda(transport)
    this.stats = new resources.Stats(transport)
    this.catalog = new resources.Catalog(transport)
    this.stock = new resources.Stock(transport)
    this.shippingMethods = new resources.ShippingMethods(transport)
    this.credit = new resources.Credit(transport)
    this.keys = new resources.Keys(transport)
    this.webhooks = new resources.Webhooks(transport)
  }

  /**
   * Any route of any face, as it is: what no method is there for. Key, retries, Idempotency-Key and errors are those of every
   * other call. `undefined` where nothing is answered (204).
   * @param {string} method
   * @param {string} path
   * @param {{query?: Record<string, unknown>, body?: unknown, accepted?: boolean}} [content]
   * @param {import('../index.d.ts').CallOptions} [options]
   */
  request(method, path, content = {}, options) {
    if (typeof path !== 'string' || !path.startsWith('/')) throw new TypeError('a path begins with /')
    return this.#transport.send({ ...content, method: method.toUpperCase(), path }, options)
  }
}
