/** Messages of any kind, put there by APPEND: what FETCH says of them fits together, whatever part or slice is asked for, and lists go on. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { mutatedMessage } from '../../codec/mime/mutated-message.ts'
import { ImapClient } from './imap-client.ts'
import { type ImapServer, startImapServer } from './imap-server.ts'
import { fetchItems, partsOf, type Value } from './response-values.ts'

/** Short in CI; `TUBEPOST_FUZZ_RUNS=100000` for a night. */
const RUNS = Number(process.env['TUBEPOST_FUZZ_RUNS'] ?? 25)
/** Messages that one mailbox takes before it is emptied. */
const MAILBOX_MESSAGES = 50

let server: ImapServer
let client: ImapClient
before(async () => {
  server = await startImapServer()
  client = await ImapClient.signedIn(server.port)
  await run('ENABLE IMAP4rev2 UTF8=ACCEPT')
})
after(async () => {
  await client.close()
  await server.close()
})

async function run(command: string): Promise<string[]> {
  const responses = await client.run(command)
  assert.match(responses.at(-1)!, /^t\d+ OK/, `${command.slice(0, 100)}: ${responses.at(-1)}`)
  return responses
}

async function fetch(items: string): Promise<Map<string, Value>> {
  const responses = await run(`FETCH * (${items})`)
  const fetched = responses.filter((response) => / FETCH \(/.test(response.slice(0, 40)))
  assert.equal(fetched.length, 1, items)
  return fetchItems(fetched[0]!)
}

/** What an item's value is, whatever it calls itself: of one item. */
async function section(item: string): Promise<string> {
  const items = await fetch(`${item} UID`)
  const values = [...items].filter(([name]) => name !== 'UID')
  assert.equal(values.length, 1, item)
  assert.equal(typeof values[0]![1], 'string', `${item} of a part that is there`)
  return values[0]![1] as string
}

let appended = 0
async function append(message: string): Promise<void> {
  if (appended++ % MAILBOX_MESSAGES === 0) {
    await run('SELECT INBOX')
    await run('STORE 1:* +FLAGS.SILENT (\\Deleted)').catch(() => undefined)
    await run('CLOSE')
  }
  await run(`APPEND INBOX (\\Seen) ~{${message.length}+}\r\n${message}`)
  await run('SELECT INBOX')
}

async function checkParts(whole: string): Promise<void> {
  const { 0: structure } = [(await fetch('BODYSTRUCTURE')).get('BODYSTRUCTURE')!]
  for (const { path, size, isMessage } of partsOf(structure).slice(0, 12)) {
    const body = await section(`BODY.PEEK[${path}]`)
    if (size !== undefined) assert.equal(body.length, size, `size of ${path}`)
    assert.ok(whole.includes(body), `${path} is out of the message`)
    assert.ok(whole.includes(await section(`BODY.PEEK[${path}.MIME]`)) || path === '1')
    if (!isMessage) continue
    const inner = (await section(`BODY.PEEK[${path}.HEADER]`)) + (await section(`BODY.PEEK[${path}.TEXT]`))
    // A header that a boundary line cuts short keeps the ending of its last line.
    assert.ok(inner === body || inner === `${body}\r\n` || inner === `${body}\n`, `${path} is its header and its text`)
  }
}

test('sizes, parts and slices of random messages fit together; searches, sorts and threads go on', async () => {
  const slice = fc.tuple(fc.nat(300), fc.integer({ min: 1, max: 300 }))
  await fc.assert(
    fc.asyncProperty(mutatedMessage, slice, async (message, [origin, length]) => {
      await append(message)
      const items = await fetch('RFC822.SIZE ENVELOPE BODY BODY.PEEK[] BODY.PEEK[HEADER] BODY.PEEK[TEXT] PREVIEW')
      const whole = items.get('BODY[]') as string
      assert.equal(whole, message)
      assert.equal(Number(items.get('RFC822.SIZE')), message.length)
      assert.equal(`${items.get('BODY[HEADER]')}${items.get('BODY[TEXT]')}`, whole)
      assert.equal((items.get('ENVELOPE') as Value[]).length, 10)
      assert.equal(await section(`BODY.PEEK[]<${origin}.${length}>`), whole.slice(origin, origin + length))
      assert.equal(
        await section(`BODY.PEEK[TEXT]<${origin}.${length}>`),
        (items.get('BODY[TEXT]') as string).slice(origin, origin + length),
      )
      await checkParts(whole)
      await run('UID SEARCH OR TEXT hello OR SUBJECT "\xc3\xa9" HEADER References b')
      await run('SORT (SUBJECT FROM REVERSE DATE SIZE TO CC) UTF-8 ALL')
      await run('THREAD REFERENCES UTF-8 ALL')
      await run('UID THREAD ORDEREDSUBJECT UTF-8 BODY e')
      const named = (await section('BODY.PEEK[HEADER.FIELDS (SUBJECT REFERENCES)]')).toLowerCase()
      assert.ok(named.endsWith('\r\n') || named.endsWith('\n'))
    }),
    { numRuns: RUNS },
  )
})

test('parts decoded: BINARY.SIZE is what BINARY sends, or both say that the encoding is not known', async () => {
  await fc.assert(
    fc.asyncProperty(mutatedMessage, async (message) => {
      await append(message)
      const structure = (await fetch('BODYSTRUCTURE')).get('BODYSTRUCTURE')!
      for (const { path, size } of partsOf(structure).slice(0, 6)) {
        if (size === undefined) continue
        const asked = await client.run(`FETCH * (BINARY.SIZE[${path}])`)
        const sent = await client.run(`FETCH * (BINARY.PEEK[${path}])`)
        const [askedEnd, sentEnd] = [asked.at(-1)!, sent.at(-1)!]
        assert.match(askedEnd, /^t\d+ (OK|NO \[UNKNOWN-CTE\])/, askedEnd)
        assert.equal(askedEnd.slice(0, 40).split(' ')[1], sentEnd.split(' ')[1], `${askedEnd} and ${sentEnd}`)
        if (!/^t\d+ OK/.test(askedEnd)) continue
        const octets = fetchItems(asked[0]!).get(`BINARY.SIZE[${path}]`)
        assert.equal((fetchItems(sent[0]!).get(`BINARY[${path}]`) as string).length, Number(octets))
      }
    }),
    { numRuns: Math.ceil(RUNS / 3) },
  )
})
