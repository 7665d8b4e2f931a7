import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setLogLevel } from '../../shared/log.ts'
import { makeSelfSigned } from '../../shared/transport/self-signed.ts'
import { openTaskCertificates } from '../../shared/transport/task-certificates.ts'

setLogLevel('silent')

/** An hour passes when the test says so. */
function clockOfHours() {
  let pass: () => void = () => undefined
  return {
    now: () => Date.now(),
    sleep: (_ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        pass = resolve
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
      }),
    hour: async () => {
      pass()
      for (let turns = 0; turns < 20; turns++) await new Promise(setImmediate)
    },
  }
}

async function pairOf(name: string): Promise<string> {
  const { cert, key } = await makeSelfSigned([name], Date.now())
  return JSON.stringify({ certificate: cert, key })
}

async function open(secrets: (string | Error)[]) {
  const clock = clockOfHours()
  const stopping = new AbortController()
  const readSecret = async () => {
    const secret = secrets.length > 1 ? secrets.shift()! : secrets[0]!
    if (secret instanceof Error) throw secret
    return secret
  }
  const certificates = await openTaskCertificates({
    hostName: 'mail.example.com',
    readSecret,
    clock,
    signal: stopping.signal,
  })
  return { certificates, clock, stop: () => stopping.abort() }
}

describe('the certificate of a task', () => {
  for (const none of ['', '{}']) {
    test(`${JSON.stringify(none)}: a self-signed pair until there is one, which is then taken up`, async () => {
      const { certificates, clock, stop } = await open([none, none, await pairOf('mail.example.com')])
      const made = certificates.contextFor('mail.example.com')
      await clock.hour()
      assert.equal(certificates.contextFor('mail.example.com'), made)
      await clock.hour()
      assert.notEqual(certificates.contextFor('mail.example.com'), made)
      stop()
    })
  }

  test('what cannot be read later leaves the one in use', async () => {
    const { certificates, clock, stop } = await open([
      await pairOf('a.example'),
      new Error('throttled'),
      '{',
      await pairOf('b.example'),
    ])
    const first = certificates.contextFor(undefined)
    await clock.hour()
    await clock.hour()
    assert.equal(certificates.contextFor(undefined), first)
    await clock.hour()
    assert.notEqual(certificates.contextFor(undefined), first)
    stop()
  })

  const WRONG = [
    '{',
    '{"certificate":"x"}',
    '{"key":"x"}',
    '{"certificate":"x","key":"y"}',
    '{"certificate":1,"key":2}',
  ]
  for (const secret of WRONG) {
    test(`${secret} ends the start`, async () => {
      await assert.rejects(open([secret]))
    })
  }
})
