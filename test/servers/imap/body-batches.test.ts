/** FETCH of many whole messages: each octet for octet and in order, whatever their sizes, and whatever is gone. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { contentName } from '../../../shared/store/keys.ts'
import { ImapClient } from './imap-client.ts'
import { type ImapServer, startImapServer } from './imap-server.ts'

/** Small ones in more than one batch, and large ones between them that go by themselves. */
const SIZES = Array.from({ length: 130 }, (_, index) => (index % 40 === 20 ? 70_000 : index % 7 === 0 ? 9000 : 10))
const TEXTS = SIZES.map((size, index) => `Subject: message ${index + 1}\r\n\r\n${'x'.repeat(size)}\r\n`)

let server: ImapServer
let client: ImapClient
before(async () => {
  server = await startImapServer()
  await server.seed(
    'Archive',
    TEXTS.map((text) => ({ text })),
  )
  client = await ImapClient.signedIn(server.port)
  await client.run('SELECT Archive')
})
after(async () => {
  await client.close()
  await server.close()
})

const expected = (number: number, item = 'BODY[]') => {
  const text = TEXTS[number - 1]!
  return `* ${number} FETCH (${item} {${text.length}}\r\n${text})`
}
const fetched = (command: string) => client.run(command)

test('all of them', async () => {
  const responses = await fetched('FETCH 1:* BODY.PEEK[]')
  assert.deepEqual(
    responses.slice(0, -1),
    TEXTS.map((_, index) => expected(index + 1)),
  )
})

test('some of them, and more than once in one command', async () => {
  const responses = await fetched('FETCH 3,100,21 (BODY.PEEK[] RFC822.SIZE BODY.PEEK[])')
  const lines = [3, 21, 100].map((number) => {
    const body = expected(number).slice(`* ${number} FETCH (`.length, -1)
    return `* ${number} FETCH (${body} RFC822.SIZE ${TEXTS[number - 1]!.length} ${body})`
  })
  assert.deepEqual(responses.slice(0, -1), lines)
})

test('what is gone is NIL, and the command says so', async () => {
  const { demo } = server.house
  const content = await demo.replicas.use(await server.mailbox('Archive'), async ({ messages }) =>
    messages.contentAt(1),
  )
  await demo.engine.blobs.delete(contentName(demo.tenant, content))
  const responses = await fetched('FETCH 1:3 BODY.PEEK[]')
  assert.deepEqual(responses.slice(0, 3), [expected(1), '* 2 FETCH (BODY[] NIL)', expected(3)])
  assert.match(responses[3]!, /OK \[EXPUNGEISSUED\]/)
})
