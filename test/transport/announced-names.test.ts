import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { announcedNames } from '../../shared/transport/announced-names.ts'

const NAME = 'raw/demo/019a0000-0000-7000-8000-000000000001'
const OTHER = 'raw/demo/019a0000-0000-7000-8000-000000000002'

function bodiesOf(file: string): string[] {
  const text = readFileSync(new URL(`../../events/index-message/${file}.json`, import.meta.url), 'utf8')
  return (JSON.parse(text) as { Records: { body: string }[] }).Records.map(({ body }) => body)
}

describe('names of announced objects', () => {
  const FILES: [string, string[]][] = [
    ['created', [NAME]],
    ['several-in-one', [NAME, OTHER]],
    ['encoded-name', [NAME]],
    ['swept', [NAME]],
    ['test-event', []],
  ]
  for (const [file, names] of FILES) {
    test(file, () => assert.deepEqual(announcedNames(bodiesOf(file)[0]!), names))
  }

  const WRONG = [
    '',
    'no JSON',
    'null',
    '7',
    '"raw/demo/x"',
    '[]',
    '{}',
    '{"name":7}',
    '{"Records":{}}',
    '{"Records":[null]}',
  ]
  const RECORDS = [
    '{"Records":[{}]}',
    '{"Records":[{"s3":{"object":{}}}]}',
    '{"Records":[{"s3":{"object":{"key":"%"}}}]}',
  ]
  for (const body of [...WRONG, ...RECORDS]) {
    test(`${JSON.stringify(body)} names nothing`, () => assert.throws(() => announcedNames(body)))
  }
})
