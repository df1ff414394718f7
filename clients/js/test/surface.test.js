/** What the declarations promise is there, and nothing else. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import * as sdk from '@ordermill/commerce'

const declared = readFileSync(new URL('../index.d.ts', import.meta.url), 'utf8')

test('every declared class and function is exported, and every exported one declared', () => {
  const classes = [...declared.matchAll(/^export (?:class|function) (\w+)/gm)].map((match) => match[1])
  assert.deepEqual(classes.sort(), Object.keys(sdk).sort())
})

const resources = readFileSync(new URL('../resources.d.ts', import.meta.url), 'utf8')
const commerce = new sdk.Commerce({ apiKey: 'key' })

function declaredVerbs(name) {
  const [, body] = resources.match(new RegExp(`^export interface ${name} \\{\\n([\\s\\S]*?)^\\}`, 'm'))
  return [...body.matchAll(/^ {2}(\w+)\(/gm)].map((match) => match[1])
}

function methods(resource) {
  return Object.getOwnPropertyNames(Object.getPrototypeOf(resource)).filter((name) => name !== 'constructor')
}

for (const [name, resource] of Object.entries(commerce).filter(([name]) => name !== 'baseUrl')) {
  test(`every declared verb of ${name} is a method, and every method declared`, () => {
    const declaredName = name[0].toUpperCase() + name.slice(1)
    assert.match(declared, new RegExp(`readonly ${name}: ${declaredName}\\b`))
    assert.deepEqual(declaredVerbs(declaredName).sort(), methods(resource).sort())
    if (resource.dryRun) assert.deepEqual(declaredVerbs(`${declaredName}DryRun`).sort(), methods(resource.dryRun).sort())
  })
}
