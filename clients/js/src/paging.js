/** Lists to their end, page after page, so that acting on what they show passes nothing over. */

/** @typedef {{models: any[], nextCursor: string | null}} Page */
/** @typedef {(asked: Record<string, any>) => Promise<Page>} Fetch */

/**
 * What a list holds, to the end of its cursors.
 * @param {Fetch} fetch
 * @param {Record<string, any>} params
 */
export async function* follow(fetch, params) {
  for (let asked = params; ; ) {
    const { models, nextCursor } = await fetch(asked)
    yield* models
    if (nextCursor === null) return
    asked = { ...params, cursor: nextCursor }
  }
}

/**
 * Every match of the list of orders.
 *
 * By creation, oldest first unless `sort` says `createdAt:desc`, it goes by cursor: an order that stops matching meanwhile
 * (because it was cancelled, say) moves no other. Other sorts, and `q`, go by page number and do not have that: collect
 * first, change afterwards.
 * @param {Fetch} fetch
 * @param {Record<string, any>} params
 */
export async function* allOrders(fetch, params) {
  /** @type {Record<string, any>} */
  let asked = { sort: 'createdAt:asc', display: 100, ...params }
  const seen = new Set()
  for (;;) {
    const { models, nextCursor } = await fetch(asked)
    for (const order of models) {
      if (!seen.has(order.id)) yield order
      seen.add(order.id)
    }
    const ended = asked['cursor'] !== undefined || models.length < asked['display']
    if (nextCursor) asked = { ...asked, page: undefined, cursor: nextCursor }
    else if (ended) return
    else asked = { ...asked, page: (asked['page'] ?? 1) + 1 }
  }
}
