import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { joinReference, matchesListPattern } from '../../../shared/codec/imap/list-pattern.ts'
import { cpuMs } from '../../cpu-time.ts'

const ROWS: [pattern: string, name: string, matches: boolean][] = [
  ['*', 'a/b/c', true],
  ['*', '', true],
  ['%', 'a', true],
  ['%', 'a/b', false],
  ['%/%', 'a/b', true],
  ['a/%', 'a/b/c', false],
  ['a/*', 'a/b/c', true],
  ['a/*', 'a', false],
  ['a*', 'a', true],
  ['a%', 'a', true],
  ['%b*d%', 'ab/cd', true],
  ['*%', 'a/b', true],
  ['%*', 'a/b', true],
  ['inbox', 'INBOX', true],
  ['iN%', 'INBOX', true],
  ['inbox/%', 'INBOX/a', true],
  ['inbox/A', 'INBOX/a', false],
  ['inbox/%', 'Inboxes/a', false],
  ['in*/a', 'INBOX/a', true],
  ['ınbox/%', 'INBOX/a', false],
  ['ınbox', 'INBOX', false],
  ['work', 'Work', false],
  ['', 'a', false],
  ['', '', true],
  ['a', 'a%', false],
  ['été%', 'été 2024', true],
]
for (const [pattern, name, matches] of ROWS) {
  test(`${pattern} ${matches ? 'is' : 'is not'} ${name}`, () =>
    assert.equal(matchesListPattern(pattern, name), matches))
}

test('as a regular expression would, without its cost', () => {
  const words = fc.array(fc.constantFrom('a', 'b', '/', '*', '%'), { maxLength: 8 })
  fc.assert(
    fc.property(words, words, (pattern, letters) => {
      const name = letters.filter((letter) => letter !== '*' && letter !== '%').join('')
      const expression = pattern.map((letter) => (letter === '*' ? '.*' : letter === '%' ? '[^/]*' : letter)).join('')
      assert.equal(matchesListPattern(pattern.join(''), name), new RegExp(`^${expression}$`).test(name))
    }),
    { numRuns: 2000 },
  )
})

test('a pattern made to go back for ever does not', () => {
  const startedMs = cpuMs()
  assert.equal(matchesListPattern(`${'*a%'.repeat(300)}b`, 'a'.repeat(1000)), false)
  assert.ok(cpuMs() - startedMs < 3000)
})

test('reference and pattern', () => {
  assert.equal(joinReference('a/', '%'), 'a/%')
  assert.equal(joinReference('', '%'), '%')
  assert.equal(joinReference('a/', '/b'), 'b')
})
