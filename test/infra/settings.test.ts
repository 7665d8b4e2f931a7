import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readDeploymentSettings } from '../../infra/settings.ts'
import { SettingError } from '../../shared/settings.ts'

function read(context: Record<string, unknown>) {
  return readDeploymentSettings((name) => context[name.replace('tubepost:', '')])
}

describe('deployment settings', () => {
  test('nothing chosen is the profile standard in one zone', () => {
    const { profile, zones, sesDoor, startTlsPorts, relay, sizes } = read({})
    assert.deepEqual(
      { profile, zones, sesDoor, startTlsPorts, relay },
      { profile: 'standard', zones: 1, sesDoor: false, startTlsPorts: false, relay: 'ses' },
    )
    assert.deepEqual([sizes.taskCpu, sizes.taskMemoryMib], [256, 512])
  })

  test('values come as what JSON or the command line makes of them', () => {
    for (const two of [2, '2']) assert.equal(read({ zones: two }).zones, 2)
    for (const yes of [true, 'true']) assert.equal(read({ sesDoor: yes }).sesDoor, true)
    assert.equal(read({ limits: '{"recipients": 5}' }).limits.recipients, 5)
    assert.equal(read({ limits: { recipients: 5 } }).limits.recipients, 5)
  })

  test('door-only is the second door', () => assert.equal(read({ profile: 'door-only' }).sesDoor, true))

  const WRONG: [Record<string, unknown>, RegExp][] = [
    [{ profile: 'big' }, /^tubepost:profile="big" .* standard, small, door-only/],
    [{ zones: 3 }, /^tubepost:zones="3" .* from 1 to 2/],
    [{ zones: '1.5' }, /^tubepost:zones="1.5"/],
    [{ hostName: 'mail' }, /^tubepost:hostName="mail" .* a domain name/],
    [{ hostName: 'Mail.Example.com' }, /^tubepost:hostName/],
    [{ region: 'Ireland' }, /^tubepost:region="Ireland"/],
    [{ name: 'our mail' }, /^tubepost:name/],
    [{ profile: 'small' }, /^tubepost:hostedZoneId="" .* Route 53 zone/],
    [{ sesDoor: 'yes' }, /^tubepost:sesDoor="yes" .* one of true, false/],
    [{ taskCpu: 300 }, /^tubepost:taskCpu="300"/],
    [{ logDays: 31 }, /^tubepost:logDays="31"/],
    [{ limits: { recipient: 5 } }, /^tubepost:limits="recipient" .* recipients/],
    [{ limits: { recipients: 0 } }, /^TUBEPOST_LIMIT_RECIPIENTS="0"/],
    [{ rspamdUrl: 'rspamd:11333' }, /^TUBEPOST_RSPAMD_URL="rspamd:11333" .* URL/],
    [{ trustedSealers: 'a b' }, /^TUBEPOST_TRUSTED_SEALERS="a b"/],
    [{ mtaSts: 'on' }, /^tubepost:mtaSts="on" .* enforce, testing, none/],
    [{ isolation: 'none' }, /^tubepost:isolation="none" .* shared, strict/],
    [{ limits: '{' }, /^tubepost:limits="\{" .* JSON/],
    [{ limits: '7' }, /^tubepost:limits="7" .* JSON/],
  ]
  for (const [context, message] of WRONG) {
    test(`${JSON.stringify(context)} ends the synth with one line`, () => {
      assert.throws(
        () => read(context),
        (error: Error) => error instanceof SettingError && message.test(error.message),
      )
    })
  }
})
