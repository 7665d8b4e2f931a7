/** What a hostile client sends: the session answers or says goodbye; it never fails, hangs, or calls anything its own fault. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { serveImap } from '../../../shared/servers/imap/serve-imap.ts'
import { PASSWORD } from '../../house.ts'
import { memoryConnection } from '../../memory-connection.ts'
import { MemoryWatch } from '../../memory-watch.ts'
import { type ImapServer, startImapServer } from './imap-server.ts'

/** Short in CI; `TUBEPOST_FUZZ_RUNS=1000000` for a night. */
const RUNS = Number(process.env['TUBEPOST_FUZZ_RUNS'] ?? 150)

const MIXED = [
  'Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n',
  '--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ntext\r\n--b--\r\n',
].join('')

let server: ImapServer
before(async () => {
  server = await startImapServer({ limits: { protocolErrors: 1000 } })
  await server.seed(
    'INBOX',
    Array.from({ length: 5 }, () => ({ text: MIXED })),
  )
})
after(() => server.close())

const number = fc
  .oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom('4294967295', '4294967296', '9007199254740993'))
  .map(String)
const set = fc.oneof(
  fc.constantFrom('1:*', '*', '$', '*:4294967295', '1,3:2,5', '0', '1:', '4294967295:1'),
  fc.tuple(number, number).map(([a, b]) => `${a}:${b}`),
)
const part = fc.oneof(
  fc.constantFrom('', '1', '2', '2.1', '2.HEADER', 'TEXT', 'HEADER', '1.MIME', 'HEADER.FIELDS (SUBJECT X)', '9.9.9'),
  fc.string({ maxLength: 8 }),
)
const partial = fc.oneof(
  fc.constant(''),
  fc.tuple(number, number).map(([a, b]) => `<${a}.${b}>`),
)
const item = fc.oneof(
  fc.constantFrom('FLAGS', 'UID', 'ENVELOPE', 'BODYSTRUCTURE', 'BODY', 'MODSEQ', 'PREVIEW (LAZY)', 'SAVEDATE', 'FULL'),
  fc
    .tuple(fc.constantFrom('BODY', 'BODY.PEEK', 'BINARY', 'BINARY.PEEK', 'BINARY.SIZE'), part, partial)
    .map(([name, section, range]) => `${name}[${section}]${range}`),
)
const literal = fc.string({ unit: 'binary-ascii', maxLength: 20 }).map((text) => `{${text.length}+}\r\n${text}`)
const name = fc.oneof(
  fc.constantFrom('INBOX', 'inbox', 'a/b', '/', 'a//b', '&', '&AAA-', '""', '"*"', '%', '*', 'Archive'),
  literal,
  fc.string({ maxLength: 6 }).map((text) => JSON.stringify(text)),
)
const key = fc.oneof(
  fc.constantFrom(
    'ALL',
    'SEEN',
    'NOT SEEN',
    'OR SEEN ALL',
    '(ALL)',
    'KEYWORD x',
    'MODSEQ 1',
    'SENTON 1-Feb-1994',
    'TEXT one',
  ),
  set,
  fc
    .tuple(fc.constantFrom('SUBJECT', 'TEXT', 'BODY', 'FROM', 'HEADER X'), literal)
    .map(([word, text]) => `${word} ${text}`),
)
const command = fc.oneof(
  fc.constantFrom(
    'NOOP',
    'CHECK',
    'EXPUNGE',
    'CLOSE',
    'UNSELECT',
    'IDLE',
    'DONE',
    'NAMESPACE',
    'SELECT INBOX',
    'EXAMINE INBOX',
  ),
  fc.constantFrom(
    'ENABLE QRESYNC UTF8=ACCEPT',
    'SELECT INBOX (QRESYNC (1 1 1:9 (1:2 1:2)))',
    'STARTTLS',
    'AUTHENTICATE PLAIN',
  ),
  fc
    .tuple(fc.constantFrom('FETCH', 'UID FETCH'), set, fc.array(item, { minLength: 1, maxLength: 3 }))
    .map(([verb, messages, items]) => `${verb} ${messages} (${items.join(' ')})`),
  fc
    .tuple(
      fc.constantFrom('STORE', 'UID STORE'),
      set,
      fc.constantFrom('+FLAGS (\\Seen)', 'FLAGS.SILENT x y', '-FLAGS ()', '(UNCHANGEDSINCE 1) FLAGS (a)'),
    )
    .map((words) => words.join(' ')),
  fc.tuple(fc.constantFrom('COPY', 'UID COPY', 'UID MOVE'), set, name).map((words) => words.join(' ')),
  fc
    .tuple(
      fc.constantFrom(
        'SEARCH',
        'UID SEARCH',
        'SEARCH RETURN (SAVE MIN)',
        'UID SEARCH RETURN ()',
        'SORT (SUBJECT DATE) UTF-8',
        'UID THREAD REFERENCES UTF-8',
        'SORT RETURN (ALL SAVE) (CC) x',
      ),
      key,
      key,
    )
    .map((words) => words.join(' ')),
  fc
    .tuple(
      fc.constantFrom(
        'LIST ""',
        'LSUB ""',
        'LIST (SUBSCRIBED)',
        'XLIST ""',
        'CREATE',
        'DELETE',
        'SUBSCRIBE',
        'UNSUBSCRIBE',
        'SELECT',
        'GETQUOTAROOT',
      ),
      name,
    )
    .map((words) => words.join(' ')),
  fc.tuple(name, name).map(([a, b]) => `RENAME ${a} ${b}`),
  fc
    .tuple(
      name,
      fc.constantFrom('', '(\\Seen) ', '"x" ', 'UTF8 ('),
      literal,
      fc.constantFrom('', ')', ' x', ' {3+}\r\nabc'),
    )
    .map(([mailbox, flags, message, end]) => `APPEND ${mailbox} ${flags}${message}${end}`),
  fc.string({ unit: 'binary-ascii', maxLength: 40 }),
)

test('a long pipeline of cheap commands and a search of many keys end in time that grows with their length', async () => {
  const { server: connection, client } = memoryConnection()
  const served = serveImap(connection, server.services).then(() => connection.end())
  const said = receiveAll(client)
  client.send(`l LOGIN alice@demo.test ${PASSWORD}\r\ns SELECT INBOX\r\n`)
  client.send('a NOOP\r\n'.repeat(5000))
  client.send(`k SEARCH ${'NOT SEEN '.repeat(5000)}ALL\r\n`)
  client.send(`f FETCH ${'1:5,'.repeat(10_000)}1 (UID)\r\n`)
  client.send(`p FETCH 1 (${'BODY.PEEK[1] '.repeat(2000)}UID)\r\n`)
  client.end()
  await served
  const text = await said
  for (const tag of ['k', 'f', 'p']) assert.match(text, new RegExp(`\r\n${tag} OK`))
})

test('random commands and random octets, cut anywhere', async () => {
  const memory = new MemoryWatch()
  const stream = fc.array(command, { minLength: 1, maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(stream, fc.integer({ min: 1, max: 200 }), async (commands, cut) => {
      await server.seed('INBOX', [{ text: MIXED }, { text: MIXED, flags: ['\\Deleted'] }])
      const { server: connection, client } = memoryConnection()
      const served = serveImap(connection, server.services).then(() => connection.end())
      const said = receiveAll(client)
      const tagged = commands.map((each, index) => `t${index} ${each}\r\n`)
      const octets = `l LOGIN alice@demo.test ${PASSWORD}\r\ns SELECT INBOX\r\n${tagged.join('')}`
      for (let at = 0; at < octets.length; at += cut) client.send(octets.slice(at, at + cut))
      client.end()
      await served
      assert.doesNotMatch(await said, /SERVERBUG/)
      memory.ran()
    }),
    { numRuns: RUNS, endOnFailure: false },
  )
  memory.assertFlat()
})

async function receiveAll(client: ReturnType<typeof memoryConnection>['client']): Promise<string> {
  let text = ''
  for (let more = await client.receive(); more !== undefined; more = await client.receive()) text += more
  return text
}
