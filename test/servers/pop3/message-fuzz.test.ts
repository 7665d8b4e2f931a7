/** Messages of any kind, downloaded: RETR sends the octets that LIST counts, TOP a beginning of them, and DELE takes them away. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { appendMessages } from '../../../shared/flows/mailboxes/append-messages.ts'
import { flagsOf } from '../../../shared/mailbox/flags.ts'
import { sourceOf } from '../../../shared/ports/blob-source.ts'
import { readLimits } from '../../../shared/settings.ts'
import { mutatedMessage } from '../../codec/mime/mutated-message.ts'
import { type House, openHouse } from '../../house.ts'
import { Pop3Client } from './pop3-client.ts'
import { type Pop3Server, startPop3 } from './pop3-server.ts'

/** Short in CI; `TUBEPOST_FUZZ_RUNS=100000` for a night. */
const RUNS = Number(process.env['TUBEPOST_FUZZ_RUNS'] ?? 20)

let house: House
let server: Pop3Server
before(async () => {
  house = await openHouse()
  server = await startPop3(house.store)
})
after(async () => {
  await server.close()
  await house.close()
})

/** Dots behind a bare LF are stuffed, too, for clients that take it for the end of a line. */
const unstuffed = (body: string) => body.replace(/(?<!\r)\n\.\./g, '\n.')

test('what is listed is what is sent', async () => {
  const property = fc.asyncProperty(
    fc.array(mutatedMessage, { minLength: 1, maxLength: 5 }),
    fc.nat(20),
    async (messages, lines) => {
      const appended = messages.map((text) => ({ source: sourceOf(Buffer.from(text, 'latin1')), flags: flagsOf([]) }))
      await appendMessages(house.demo, house.inbox, appended, readLimits({}))
      const client = await Pop3Client.open(server.plain.port)
      assert.match(await client.command('UTF8'), /^\+OK/)
      assert.match(await client.signIn(), /^\+OK/)
      const total = messages.length
      const sizes = (await client.multiLine('LIST')).body.split('\r\n').slice(0, -1)
      assert.equal(sizes.length, total)
      for (const [index, text] of messages.entries()) {
        const number = index + 1
        const body = unstuffed((await client.multiLine(`RETR ${number}`)).body)
        // A message whose last line has no end gets one, as the final dot would stand in it.
        assert.equal(body, text === '' || text.endsWith('\r\n') ? text : `${text}\r\n`)
        assert.equal(sizes[index], `${number} ${body.length}`)
        assert.equal(await client.command(`LIST ${number}`), `+OK ${number} ${body.length}`)
        const top = unstuffed((await client.multiLine(`TOP ${number} ${lines}`)).body)
        assert.ok(
          body.startsWith(top) || top === `${body}\r\n` || body.startsWith(top.slice(0, -2)),
          'TOP is a beginning',
        )
        assert.match(await client.command(`DELE ${number}`), /^\+OK/)
      }
      assert.match(await client.command('QUIT'), /^\+OK/)
      await client.closed()
    },
  )
  // What a failed run leaves in the maildrop would fail the next ones: the first failure is shown as it was.
  await fc.assert(property, { numRuns: RUNS, endOnFailure: true })
})
