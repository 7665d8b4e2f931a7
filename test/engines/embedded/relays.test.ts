import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type AddressInfo, createServer } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { smarthostRelay } from '../../../shared/engines/embedded/relay-smarthost.ts'
import { readWhole, sourceOf } from '../../../shared/ports/blob-source.ts'
import type { RelayMessage } from '../../../shared/ports/relay.ts'
import { folderFor } from './opened-folder.ts'

const OCTETS = Buffer.from('Subject: Grüße\r\n\r\n.dot\r\n..\r\nlast line\r\n')

function message(overrides: Partial<RelayMessage> = {}): RelayMessage {
  return {
    id: '0192',
    tenant: 't',
    reversePath: 'from@a.test',
    recipients: ['to@b.test'],
    content: sourceOf(OCTETS),
    smtputf8: false,
    ...overrides,
  }
}

interface Received {
  from: string
  to: string[]
  octets: Buffer
}

/** A server that takes what its options let through; answers with a text beginning with a reply code where they throw one. */
async function serverFor(test: TestContext, options: SMTPServerOptions = {}) {
  const received: Received[] = []
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    authOptional: true,
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        const to = rcptTo.map(({ address }) => address)
        received.push({ from: mailFrom ? mailFrom.address : '', to, octets: Buffer.concat(chunks) })
        done(null, 'kept')
      })
    },
    ...options,
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  test.after(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const { port } = server.server.address() as AddressInfo
  return { received, port, relay: (url = `smtp://127.0.0.1:${port}`) => relayTo(url) }
}

function relayTo(url: string) {
  return smarthostRelay({ url, hostName: 'mail.test', maxOctets: 50 * 1024 * 1024, timeoutMs: 10_000 })
}

function refusal(code: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode: code })
}

describe('smarthost relay', () => {
  it('hands over envelope and octets as they are', async (t) => {
    const { received, relay } = await serverFor(t)
    const recipients = ['a@b.test', 'c@d.test']
    const result = await relay().send(message({ recipients }))
    assert.deepEqual(
      result.outcomes.map(({ recipient, outcome }) => ({ recipient, outcome })),
      recipients.map((recipient) => ({ recipient, outcome: 'sent' })),
    )
    for (const { reply } of result.outcomes) assert.match(reply, /^250 /)
    assert.deepEqual(received, [{ from: 'from@a.test', to: recipients, octets: OCTETS }])
  })

  it('sends with a null reverse-path', async (t) => {
    const { received, relay } = await serverFor(t)
    await relay().send(message({ reversePath: '' }))
    assert.equal(received[0]!.from, '')
  })

  it('streams a large message', async (t) => {
    const { received, relay } = await serverFor(t)
    const octets = Buffer.from(`Subject: x\r\n\r\n${`${randomBytes(36).toString('base64')}\r\n`.repeat(100_000)}`)
    await relay().send(message({ content: sourceOf(octets) }))
    assert.ok(received[0]!.octets.equals(octets))
  })

  const refusals: { name: string; onRcpt: Record<string, number>; wanted: string[] }[] = [
    { name: 'one for good', onRcpt: { 'b@x.test': 550 }, wanted: ['sent', 'failed', 'sent'] },
    {
      name: 'one for now, one for good',
      onRcpt: { 'a@x.test': 451, 'b@x.test': 550 },
      wanted: ['deferred', 'failed', 'sent'],
    },
    {
      name: 'all',
      onRcpt: { 'a@x.test': 550, 'b@x.test': 452, 'c@x.test': 553 },
      wanted: ['failed', 'deferred', 'failed'],
    },
  ]
  for (const { name, onRcpt, wanted } of refusals) {
    it(`tells recipients apart where the server refuses ${name}`, async (t) => {
      const { received, relay } = await serverFor(t, {
        onRcptTo: ({ address }, _session, done) => {
          const code = onRcpt[address]
          done(code ? refusal(code, `no ${address}`) : null)
        },
      })
      const recipients = ['a@x.test', 'b@x.test', 'c@x.test']
      const { outcomes } = await relay().send(message({ recipients }))
      assert.deepEqual(
        outcomes.map(({ outcome }) => outcome),
        wanted,
      )
      for (const { recipient, outcome, reply } of outcomes) {
        if (outcome !== 'sent') assert.ok(reply.startsWith(`${onRcpt[recipient]} `) && reply.includes(recipient), reply)
      }
      assert.deepEqual(
        received[0]?.to ?? [],
        recipients.filter((recipient) => !onRcpt[recipient]),
      )
    })
  }

  for (const [code, outcome] of [
    [451, 'deferred'],
    [554, 'failed'],
  ] as const) {
    it(`is ${outcome} where the sender is answered ${code}`, async (t) => {
      const { relay } = await serverFor(t, { onMailFrom: (_address, _session, done) => done(refusal(code, 'not you')) })
      const { outcomes } = await relay().send(message())
      assert.deepEqual(outcomes, [{ recipient: 'to@b.test', outcome, reply: `${code} not you` }])
    })

    it(`is ${outcome} where the content is answered ${code}`, async (t) => {
      const { relay } = await serverFor(t, {
        onData: (stream, _session, done) => {
          stream.resume()
          stream.on('end', () => done(refusal(code, 'not this')))
        },
      })
      const { outcomes } = await relay().send(message())
      assert.deepEqual(outcomes, [{ recipient: 'to@b.test', outcome, reply: `${code} not this` }])
    })
  }

  it('has failed where the message is larger than the server takes', async (t) => {
    const { relay } = await serverFor(t, { size: 10 })
    const { outcomes } = await relay().send(message())
    assert.equal(outcomes[0]!.outcome, 'failed')
    assert.match(outcomes[0]!.reply, /^552 /)
  })

  it('has failed where SMTPUTF8 is needed and not offered', async (t) => {
    const { received, relay } = await serverFor(t, { hideSMTPUTF8: true })
    const { outcomes } = await relay().send(message({ recipients: ['jürgen@b.test'], smtputf8: true }))
    assert.match(outcomes[0]!.reply, /^550 5\.6\.7 /)
    assert.deepEqual(received, [])
  })

  it('sends to an address beyond ASCII where it is offered', async (t) => {
    const { received, relay } = await serverFor(t)
    await relay().send(message({ recipients: ['jürgen@b.test'], smtputf8: true }))
    assert.deepEqual(received[0]!.to, ['jürgen@b.test'])
  })

  it('logs in with what the URL says, and throws where that is refused', async (t) => {
    const { received, port, relay } = await serverFor(t, {
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _session, done) =>
        username === 'us er' && password === 'p@ss' ? done(null, { user: 'u' }) : done(refusal(535, 'no')),
    })
    await relay(`smtp://us%20er:p%40ss@127.0.0.1:${port}`).send(message())
    assert.equal(received.length, 1)
    await assert.rejects(relay(`smtp://us%20er:wrong@127.0.0.1:${port}`).send(message()), /Invalid login/)
  })

  it('throws where there is no server, so that all is tried again', async (t) => {
    const { port } = await serverFor(t)
    await assert.rejects(relayTo(`smtp://127.0.0.1:${port === 1 ? 2 : 1}`).send(message()), /ECONNREFUSED/)
  })

  it('throws where the connection breaks before there is an answer', async (t) => {
    const server = createServer((socket) => {
      socket.on('error', () => {}) // the client is gone as well
      socket.write('220 b.test\r\n')
      socket.on('data', (command) => {
        if (String(command).startsWith('DATA')) socket.destroy()
        else socket.write('250 yes\r\n')
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
    t.after(() => server.close())
    const { port } = server.address() as AddressInfo
    await assert.rejects(relayTo(`smtp://127.0.0.1:${port}`).send(message()))
  })

  it('throws where the source fails, and nothing was sent', async (t) => {
    const { received, relay } = await serverFor(t)
    const content = {
      ...sourceOf(OCTETS),
      // biome-ignore lint/correctness/useYield: it fails before the first octet
      async *open(): AsyncGenerator<Uint8Array> {
        throw new Error('the blob is gone')
      },
    }
    await assert.rejects(relay().send(message({ content })), /the blob is gone/)
    assert.deepEqual(received, [])
  })
})

describe('capture relay', () => {
  it('keeps what would have been sent, and says it was', async (t) => {
    const { open } = await folderFor(t)
    const { relay, blobs } = await open()
    const recipients = ['a@b.test', 'jürgen@b.test']
    const { outcomes } = await relay.send(message({ recipients, smtputf8: true }))
    assert.deepEqual(
      outcomes.map(({ recipient, outcome }) => [recipient, outcome]),
      recipients.map((recipient) => [recipient, 'sent']),
    )
    assert.ok(OCTETS.equals((await readWhole(blobs, 'captured/t/0192'))!))
    const { metadata } = (await blobs.head('captured/t/0192'))!
    assert.equal(JSON.parse(metadata['reverse-path']!), 'from@a.test')
    assert.deepEqual(JSON.parse(metadata['forward-paths']!), recipients)
    // A repeat after a crash is no error.
    await relay.send(message({ recipients, smtputf8: true }))
  })

  it('takes more recipients than its metadata hold', async (t) => {
    const { open } = await folderFor(t)
    const { relay, blobs } = await open()
    const recipients = Array.from({ length: 1000 }, (_, n) => `recipient-${n}@b.test`)
    const { outcomes } = await relay.send(message({ recipients }))
    assert.equal(outcomes.length, 1000)
    const { metadata } = (await blobs.head('captured/t/0192'))!
    assert.equal(metadata['recipients'], '1000')
    const listed = JSON.parse(metadata['forward-paths']!) as string[]
    assert.deepEqual(listed, recipients.slice(0, listed.length))
    assert.ok(listed.length > 20)
  })
})
