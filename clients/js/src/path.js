/**
 * A path of segments. An empty id would turn `/order/` + id into another route, `..` into another path.
 * @param {...string} segments
 */
export function at(...segments) {
  return segments.map((each) => `/${segment(each)}`).join('')
}

/** @param {string} id */
function segment(id) {
  if (typeof id !== 'string' || id === '' || /^\.+$/.test(id)) throw new TypeError(`not an id: ${JSON.stringify(id)}`)
  return encodeURIComponent(id)
}
