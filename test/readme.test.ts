import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Limits, limitVariable, readLimits } from '../shared/settings.ts'

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

test('README names every limit with its default', () => {
  const limits = readLimits({})
  for (const name of Object.keys(limits) as (keyof Limits)[]) {
    const row = `| \`${limitVariable(name)}\` | ${limits[name]} |`
    assert.ok(README.includes(row), `README has no row ${row}`)
  }
})
