import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openDeployedEngine } from '../../../shared/engines/aws/deployed.ts'
import { SettingError } from '../../../shared/settings.ts'

const GIVEN = {
  AWS_REGION: 'eu-west-1',
  TUBEPOST_HOST_NAME: 'mail.example.com',
  TUBEPOST_TABLE: 'a-table',
  TUBEPOST_BUCKET: 'a-bucket',
  TUBEPOST_RELAY: 'ses',
}

describe('the engine of a deployment', () => {
  test('carries what the relay carries', async () => {
    for (const [relay, eightBit] of [
      ['ses', false],
      ['capture', true],
    ] as const) {
      const { engine, settings } = openDeployedEngine({ ...GIVEN, TUBEPOST_RELAY: relay })
      assert.equal(engine.relay.carries.smtputf8, eightBit)
      assert.equal(settings.hostName, 'mail.example.com')
      await engine.close()
    }
  })

  test('has the queues it was given, and names those it was not', async () => {
    const { engine } = openDeployedEngine({ ...GIVEN, TUBEPOST_QUEUE_JOBS: 'https://sqs.invalid/jobs' })
    await assert.rejects(engine.queues.arrivals.send('x'), /no queue arrivals/)
    await assert.rejects(engine.queues.jobs.send(''), RangeError)
    await engine.close()
  })

  for (const name of Object.keys(GIVEN).filter((name) => name !== 'TUBEPOST_HOST_NAME')) {
    test(`says that ${name} is missing`, () => {
      const rest = Object.fromEntries(Object.entries(GIVEN).filter(([given]) => given !== name))
      assert.throws(
        () => openDeployedEngine(rest),
        (error: Error) => error instanceof SettingError && error.message.startsWith(name),
      )
    })
  }

  test('takes no other relay', () => {
    assert.throws(
      () => openDeployedEngine({ ...GIVEN, TUBEPOST_RELAY: 'pigeon' }),
      /^SettingError: TUBEPOST_RELAY="pigeon"/,
    )
  })
})
