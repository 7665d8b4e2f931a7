import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { ParseError } from '../../../shared/codec/parse-error.ts'
import { formatAddress, parseAddress } from '../../../shared/codec/smtp/address.ts'
import { setLogLevel } from '../../../shared/log.ts'
import { serveSmtp } from '../../../shared/servers/smtp/serve-smtp.ts'
import { readLimits } from '../../../shared/settings.ts'
import { memoryConnection } from '../../memory-connection.ts'
import { MemoryWatch } from '../../memory-watch.ts'
import { openTestStore } from '../../transcripts/opened-store.ts'

/** Short in CI; `TUBEPOST_FUZZ_RUNS=1000000` for a night. */
const RUNS = Number(process.env['TUBEPOST_FUZZ_RUNS'] ?? 400)

let opened: Awaited<ReturnType<typeof openTestStore>>
before(async () => {
  setLogLevel('silent')
  opened = await openTestStore()
})
after(async () => opened.close())

const WORDS = [
  'EHLO c.test\r\n',
  'HELO c\r\n',
  'MAIL FROM:<a@b.test>\r\n',
  'MAIL FROM:<>',
  ' SIZE=10',
  ' BODY=8BITMIME',
  'MAIL FROM:<> BODY=BINARYMIME\r\n',
  'RCPT TO:<Postmaster>\r\n',
  ' SMTPUTF8',
  '\r\n',
  'RCPT TO:<alice@one.test>\r\n',
  'RCPT TO:<carol@two.test>\r\n',
  'RCPT TO:<@x:"a\\"b"@one.test>\r\n',
  'DATA\r\n',
  'Subject: x\r\n\r\n',
  '.\r\n',
  '..\r\n',
  '\r\n.\r\n',
  '\n.\n',
  '\r',
  '\n',
  '\0',
  'BDAT 5\r\n',
  'BDAT 0 LAST\r\n',
  'BDAT 7 LAST\r\n',
  'abcde',
  'RSET\r\n',
  'NOOP\r\n',
  'STARTTLS\r\n',
  'AUTH PLAIN AGFsaWNlQG9uZS50ZXN0AHg=\r\n',
  'AUTH LOGIN\r\n',
  'AUTH SCRAM-SHA-256\r\n',
  '*\r\n',
  '=\r\n',
  'VRFY x\r\n',
  'HELP\r\n',
  'QUIT\r\n',
  '\xff\xfe',
  ' ',
  '<',
  '>',
  '@',
]

test('whatever a client sends, however cut, the session answers in whole replies and ends', async () => {
  const piece = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...WORDS) },
    fc.string({ maxLength: 40, unit: 'binary-ascii' }),
  )
  const memory = new MemoryWatch()
  const property = fc.asyncProperty(
    fc.array(piece, { maxLength: 40 }),
    fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 20 }),
    fc.constantFrom('mx', 'submission'),
    async (pieces, cuts, role) => {
      const { server, client } = memoryConnection({ remoteAddress: '127.0.0.1' })
      const input = Buffer.from(pieces.join(''), 'latin1')
      for (let at = 0, turn = 0; at < input.length; turn++) {
        const size = cuts[turn % cuts.length]!
        client.send(input.subarray(at, at + size))
        at += size
      }
      client.end()
      const limits = { ...readLimits({}), messageOctets: 200 }
      const services = { store: opened.store, role, limits, hostName: 'mx.test', allowPlaintext: () => true } as const
      // A client that goes away in the middle is the only way to end with an error.
      await serveSmtp(server, services).catch((error) => assert.equal(error.name, 'DisconnectedError'))
      server.destroy()
      const received = (await client.receive()) ?? ''
      for (const line of received.split('\r\n').slice(0, -1)) assert.match(line, /^[2345][0-9]{2}[- ][\x20-\x7e]*$/)
      assert.ok(received.endsWith('\r\n'))
      assert.ok(!received.includes('451 '), 'nothing of ours failed')
      memory.ran()
    },
  )
  await fc.assert(property, { numRuns: RUNS })
  memory.assertFlat()
})

test('addresses: what is parsed is written and parsed again the same, the rest is a ParseError', () => {
  const part = fc.oneof(fc.constantFrom(...'a."\\@ ()<>[],;:-_ü😀'), fc.string({ maxLength: 5, unit: 'binary' }))
  const text = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(''))
  const property = fc.property(
    fc.oneof(
      text,
      fc.tuple(text, text).map((parts) => parts.join('@')),
      fc.emailAddress(),
    ),
    (input) => {
      try {
        const address = parseAddress(input)
        assert.deepEqual(parseAddress(formatAddress(address)), address)
        assert.ok(!/[\r\n\0]/.test(formatAddress(address)))
      } catch (error) {
        assert.ok(error instanceof ParseError, String(error))
      }
    },
  )
  fc.assert(property, { numRuns: RUNS * 5 })
})
