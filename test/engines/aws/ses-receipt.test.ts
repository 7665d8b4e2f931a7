import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseSesReceipt } from '../../../shared/engines/aws/ses-receipt.ts'
import { event } from '../../functions/deployed-function.ts'

const received = (): { mail: Record<string, unknown>; receipt: Record<string, unknown> } =>
  JSON.parse(event('ses-door/received').Records[0].body)

describe('what SES says of mail it took in', () => {
  test('the object, its envelope and its verdicts', () => {
    assert.deepEqual(parseSesReceipt(event('ses-door/received').Records[0].body), {
      name: 'door/o3vrnil0e2ic28tr0jr1p2q3r4s5t6u7v8w9x0y1',
      id: 'o3vrnil0e2ic28tr0jr1p2q3r4s5t6u7v8w9x0y1',
      receivedAt: Date.parse('2026-11-23T10:00:00.000Z'),
      reversePath: 'carol@example.net',
      recipients: ['alice@demo.test', 'bob@demo.test'],
      results: [
        { method: 'spf', result: 'pass', properties: [['smtp.mailfrom', 'carol@example.net']] },
        { method: 'dkim', result: 'pass', properties: [] },
        { method: 'dmarc', result: 'pass', properties: [] },
      ],
      unwanted: false,
    })
  })

  const VERDICTS: [what: string, receipt: Record<string, unknown>, results: string[], unwanted: boolean][] = [
    ['nothing is known', {}, [], false],
    [
      'gray is none',
      { spfVerdict: 'GRAY', dkimVerdict: 'GRAY', dmarcVerdict: 'GRAY' },
      ['none', 'none', 'none'],
      false,
    ],
    ['a check that failed itself', { spfVerdict: 'PROCESSING_FAILED' }, ['temperror'], false],
    ['turned off', { spfVerdict: 'DISABLED', spamVerdict: 'DISABLED' }, [], false],
    ['DMARC fails, and its domain only watches', { dmarcVerdict: 'FAIL', dmarcPolicy: 'none' }, ['fail'], false],
    ['DMARC fails, and its domain minds', { dmarcVerdict: 'FAIL', dmarcPolicy: 'REJECT' }, ['fail'], true],
    ['spam', { spamVerdict: 'FAIL' }, [], true],
    ['a virus', { virusVerdict: 'FAIL' }, [], true],
  ]
  for (const [what, verdicts, results, unwanted] of VERDICTS) {
    test(what, () => {
      const { mail, receipt } = received()
      for (const name of ['spf', 'dkim', 'dmarc', 'spam', 'virus']) delete receipt[`${name}Verdict`]
      for (const [name, status] of Object.entries(verdicts)) {
        receipt[name] = name === 'dmarcPolicy' ? status : { status }
      }
      const notice = parseSesReceipt(JSON.stringify({ notificationType: 'Received', mail, receipt }))!
      assert.deepEqual(
        notice.results.map(({ result }) => result),
        results,
      )
      assert.equal(notice.unwanted, unwanted)
    })
  }

  test('the null reverse-path, however it is written', () => {
    for (const source of ['', '<>']) {
      const { mail, receipt } = received()
      const body = JSON.stringify({ notificationType: 'Received', mail: { ...mail, source }, receipt })
      assert.equal(parseSesReceipt(body)!.reversePath, '')
    }
  })

  test('what tells of no message is none', () => {
    assert.equal(parseSesReceipt(event('ses-door/setup').Records[0].body), undefined)
  })

  test('anything else throws', () => {
    const { mail, receipt } = received()
    const bodies = [
      '',
      'null',
      '[]',
      '{}',
      JSON.stringify({ notificationType: 'Bounce', mail, receipt }),
      JSON.stringify({ notificationType: 'Received', mail }),
      JSON.stringify({ notificationType: 'Received', mail: { ...mail, timestamp: 'soon' }, receipt }),
      JSON.stringify({ notificationType: 'Received', mail, receipt: { ...receipt, action: { objectKey: 'raw/a/b' } } }),
    ]
    for (const body of bodies) assert.throws(() => parseSesReceipt(body), body)
  })
})
