/** ../../webhooks.json, case by case. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { WebhookError, constructEvent } from '@ordermill/commerce'

const contract = JSON.parse(readFileSync(new URL('../../webhooks.json', import.meta.url), 'utf8'))

for (const each of contract.cases) {
  const { payload, headers, secret, now, result, error } = { ...contract.default, ...each }
  const forms = [
    [payload, headers],
    [new TextEncoder().encode(payload), new Headers(headers)],
    [Buffer.from(payload), headers]
  ]
  for (const [body, given] of forms) {
    test(`${each.name} (${body.constructor.name})`, async () => {
      const outcome = constructEvent(body, given, secret, { now: () => now * 1000 })
      if (result) assert.equal((await outcome).id, result)
      else await assert.rejects(outcome, (refused) => refused instanceof WebhookError && refused.code === error)
    })
  }
}

test('a parsed body is refused: only what came can be verified', async () => {
  const { headers } = contract.cases[0]
  await assert.rejects(constructEvent(JSON.parse(contract.default.payload), headers, 'whsec_x'), TypeError)
})

test('the clock and the tolerance have defaults', async () => {
  const { headers } = contract.cases[0]
  const outcome = constructEvent(contract.default.payload, headers, contract.default.secret)
  await assert.rejects(outcome, { code: 'wrong_timestamp' })
})
