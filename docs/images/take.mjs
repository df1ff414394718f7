// Takes the screenshots of docs/operations.md from the real web UI: node docs/images/take.mjs
// Needs `make up`, an order or three (`make demo`), playwright-core and Debian's chromium.
import { chromium } from 'playwright-core'

const ui = process.env.ORDERMILL_UI ?? 'http://127.0.0.1:8233'
const workflow = process.argv[2] // order-<id>
const out = new URL('.', import.meta.url).pathname

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
         '--disable-component-update', '--disable-sync'],
})
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
const shot = async (name, path) => {
  await page.goto(ui + path, { waitUntil: 'load' })
  await page.waitForTimeout(4000)
  await page.screenshot({ path: `${out}${name}.png` })
}
const query = encodeURIComponent("`WorkflowType`=\"Order\"")
await shot('orders-list', `/namespaces/default/workflows?query=${query}`)
const links = await page.$$eval('a', (found) => found.map((a) => a.getAttribute('href') ?? ''))
const path = links.find((href) => href.includes(`/${workflow}/`)).replace(/\/(history|timeline).*$/, '')
await shot('order-history', `${path}/history`)
await shot('order-card', `${path}/user-metadata`)
console.log(await page.$$eval('a', (found) => found.map((a) => a.getAttribute('href')).filter((h) => h?.includes('order-'))))
await browser.close()
