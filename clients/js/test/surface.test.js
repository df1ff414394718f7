/** index.d.ts is written by hand: what it promises is there, and nothing else. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import * as sdk from '@ordermill/commerce'

const declared = readFileSync(new URL('../index.d.ts', import.meta.url), 'utf8')

test('every declared class is exported, and every exported one declared', () => {
  const classes = [...declared.matchAll(/^export class (\w+)/gm)].map((match) => match[1])
  assert.deepEqual(classes.sort(), Object.keys(sdk).sort())
})

test('every declared verb of orders is a method, and every method declared', () => {
  const [, body] = declared.match(/^export interface Orders \{\n([\s\S]*?)^\}/m)
  const verbs = [...body.matchAll(/^ {2}(\w+)\(/gm)].map((match) => match[1])
  const { orders } = new sdk.Commerce({ apiKey: 'key' })
  const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(orders)).filter((name) => name !== 'constructor')
  assert.deepEqual(verbs.sort(), methods.sort())
})
