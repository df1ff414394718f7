// Takes the screenshots of docs/operations.md from the real web UI: node docs/images/take.mjs order-<id>
// Needs `make up`, a few orders, playwright-core and Debian's chromium.
import { chromium } from 'playwright-core'

const ui = process.env.ORDERMILL_UI ?? 'http://127.0.0.1:8233'
const out = process.env.OUT ?? new URL('.', import.meta.url).pathname
const workflow = process.argv[2]

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
         '--disable-component-update', '--disable-sync'],
})
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
const link = `a[href*="${workflow}/"]`
const shot = async (name, path, wait) => {
  await page.goto(ui + path, { waitUntil: 'load' })
  await page.waitForSelector(wait, { timeout: 60_000 })
  await page.waitForTimeout(2000)
  await page.screenshot({ path: `${out}${name}.png` })
}

const query = encodeURIComponent('`WorkflowType`="Order" AND `WaitsFor`!="nothing"')
await shot('orders-list', `/namespaces/default/workflows?query=${query}`, link)
const run = (await page.getAttribute(link, 'href')).split('/').slice(0, -1).join('/')
await shot('order-history', `${run}/history`, 'text=Workflow Execution Started')
await shot('order-timeline', `${run}/timeline`, 'text=Timeline')
await shot('order-card', `${run}/user-metadata`, 'text=Current Details')
await browser.close()
