/** `commerce.orders`: one method per verb of the hanzo face (documents 000 and 001). What each takes and answers: index.d.ts. */

/** @typedef {import('../index.d.ts').CallOptions} Options */

export class Orders {
  #transport

  /** @param {import('./transport.js').Transport} transport */
  constructor(transport) {
    this.#transport = transport
  }

  // Reads.

  /** One page. @param {import('../index.d.ts').OrderListParams} [params] @param {Options} [options] */
  list(params = {}, options) {
    return this.#transport.send({ method: 'GET', path: '/order', query: { ...params } }, options)
  }

  /**
   * Every match, page after page.
   *
   * Oldest first unless `sort` says otherwise, so that orders placed meanwhile come at the end and push none onto a
   * page already read. An order that stops matching (`status` …) meanwhile pulls the others forward: collect first,
   * then change them.
   * @param {import('../index.d.ts').OrderListParams} [params]
   * @param {Options} [options]
   */
  async *all(params = {}, options) {
    const asked = { sort: 'createdAt:asc', display: 100, ...params }
    const seen = new Set()
    for (let page = asked.page ?? 1; ; page++) {
      const { models } = await this.list({ ...asked, page }, options)
      for (const order of models) {
        if (!seen.has(order.id)) yield order
        seen.add(order.id)
      }
      if (models.length < asked.display) return
    }
  }

  /** @param {string} id @param {import('../index.d.ts').OrderGetParams} [params] @param {Options} [options] */
  get(id, params = {}, options) {
    return this.#transport.send({ method: 'GET', path: pathOf(id), query: { ...params } }, options)
  }

  /** The timeline. @param {string} id @param {Options} [options] */
  events(id, options) {
    return this.#transport.send({ method: 'GET', path: `${pathOf(id)}/events` }, options)
  }

  /** @param {string} id @param {Options} [options] */
  returns(id, options) {
    return this.#transport.send({ method: 'GET', path: `${pathOf(id)}/returns` }, options)
  }

  // Writes.

  /** @param {import('../index.d.ts').OrderInput} body @param {Options} [options] */
  create(body, options) {
    return this.#transport.send({ method: 'POST', path: '/order', body }, options)
  }

  /** @param {string} id @param {import('../index.d.ts').OrderUpdate} body @param {Options} [options] */
  update(id, body, options) {
    return this.#transport.send({ method: 'PATCH', path: pathOf(id), body }, options)
  }

  /** @param {string} id @param {Options} [options] */
  confirm(id, options) {
    return this.#act(id, 'confirm', {}, options)
  }

  /** @param {string} id @param {import('../index.d.ts').PayInput} [body] @param {Options} [options] */
  pay(id, body, options) {
    return this.#act(id, 'pay', body, options)
  }

  /** @param {string} id @param {import('../index.d.ts').AuthorizeInput} [body] @param {Options} [options] */
  authorize(id, body, options) {
    return this.#act(id, 'authorize', body, options)
  }

  /** @param {string} id @param {import('../index.d.ts').CaptureInput} [body] @param {Options} [options] */
  capture(id, body, options) {
    return this.#act(id, 'capture', body, options)
  }

  /** @param {string} id @param {import('../index.d.ts').VoidInput} [body] @param {Options} [options] */
  void(id, body, options) {
    return this.#act(id, 'void', body, options)
  }

  /** @param {string} id @param {import('../index.d.ts').FulfillmentInput} [body] @param {Options} [options] */
  fulfill(id, body, options) {
    return this.#act(id, 'fulfill', body, options)
  }

  /** @param {string} id @param {import('../index.d.ts').DeliverInput} [body] @param {Options} [options] */
  deliver(id, body, options) {
    return this.#act(id, 'deliver', body, options)
  }

  /** @param {string} id @param {import('../index.d.ts').CancelInput} [body] @param {Options} [options] */
  cancel(id, body, options) {
    return this.#act(id, 'cancel', body, options)
  }

  /** @param {string} id @param {import('../index.d.ts').RefundInput} [body] @param {Options} [options] */
  refund(id, body, options) {
    return this.#act(id, 'refund', body, options)
  }

  /** @param {string} id @param {import('../index.d.ts').ReturnInput} body @param {Options} [options] */
  return(id, body, options) {
    return this.#act(id, 'return', body, options)
  }

  /** @param {string} id @param {string} returnId @param {Options} [options] */
  approveReturn(id, returnId, options) {
    return this.#act(id, `return/${segment(returnId)}/approve`, {}, options)
  }

  /**
   * @param {string} id @param {string} returnId
   * @param {import('../index.d.ts').RejectReturnInput} [body] @param {Options} [options]
   */
  rejectReturn(id, returnId, body, options) {
    return this.#act(id, `return/${segment(returnId)}/reject`, body, options)
  }

  /**
   * @param {string} id @param {string} returnId
   * @param {import('../index.d.ts').ReceiveReturnInput} [body] @param {Options} [options]
   */
  receiveReturn(id, returnId, body, options) {
    return this.#act(id, `return/${segment(returnId)}/receive`, body, options)
  }

  /** @param {string} id @param {string} verb @param {unknown} body @param {Options} [options] */
  #act(id, verb, body, options) {
    return this.#transport.send({ method: 'POST', path: `${pathOf(id)}/${verb}`, body }, options)
  }
}

/** @param {string} id */
function pathOf(id) {
  return `/order/${segment(id)}`
}

/**
 * An empty id would turn `/order/` + id into another route, `..` into another path.
 * @param {string} id
 */
function segment(id) {
  if (typeof id !== 'string' || id === '' || /^\.+$/.test(id)) throw new TypeError(`not an id: ${JSON.stringify(id)}`)
  return encodeURIComponent(id)
}
