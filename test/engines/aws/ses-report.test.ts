import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { parseSesReport } from '../../../shared/engines/aws/ses-report.ts'

const MESSAGE = { id: '019a0000-0000-7000-8000-000000000004', tenant: 'demo' }
const CAROL = 'carol@example.net'

function bodyOf(file: string): string {
  const text = readFileSync(new URL(`../../../events/feedback/${file}.json`, import.meta.url), 'utf8')
  return (JSON.parse(text) as { Records: { body: string }[] }).Records[0]!.body
}

describe('reports of SES', () => {
  const failed = (reply: string) => [{ recipient: CAROL, outcome: 'failed', reply }]
  const FILES: [file: string, outcomes: object[], complaints: string[], unreachable?: string[]][] = [
    ['bounce', failed('550 5.1.1 no such user'), [], [CAROL]],
    ['transient-bounce', failed('452 4.2.2 mailbox full'), []],
    ['reject', failed('554 5.7.1 The relay refused its content'), []],
    ['delivery', [{ recipient: CAROL, outcome: 'sent', reply: '250 2.0.0 OK 1795428002' }], []],
    ['complaint', [], [CAROL]],
  ]
  for (const [file, outcomes, complaints, unreachable = []] of FILES) {
    test(file, () => assert.deepEqual(parseSesReport(bodyOf(file)), { ...MESSAGE, outcomes, complaints, unreachable }))
  }

  test('a delay settles nothing', () => assert.equal(parseSesReport(bodyOf('delivery-delay')), undefined))

  const mail = { tags: { 'tubepost-id': ['x'], 'tubepost-tenant': ['demo'] } }
  const FOREIGN: [string, unknown][] = [
    ['without tags', { eventType: 'Bounce', mail: {} }],
    ['of another sender', { eventType: 'Bounce', mail: { tags: { 'tubepost-id': [] } } }],
    ['without recipients', { eventType: 'Bounce', mail, bounce: { bouncedRecipients: [null, 7, {}] } }],
    ['of a kind that is new', { eventType: 'Daydream', mail }],
  ]
  for (const [name, event] of FOREIGN) {
    test(`${name}: nothing`, () => assert.equal(parseSesReport(JSON.stringify(event)), undefined))
  }

  test('what SES says when it is told of a topic: nothing', () =>
    assert.equal(parseSesReport('Successfully validated SNS topic for Amazon SES event publishing.'), undefined))

  for (const body of ['', 'Successfully', 'null', '[]', '{}', '{"eventType":"Bounce"}']) {
    test(`${JSON.stringify(body)} is no event`, () => assert.throws(() => parseSesReport(body)))
  }
})
