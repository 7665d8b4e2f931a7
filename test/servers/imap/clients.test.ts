/** Real clients over real sockets: curl, Python's imaplib, imapflow with STARTTLS. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import { connect as secure } from 'node:tls'
import { ImapFlow } from 'imapflow'
import { makeCertificates } from '../../../shared/transport/certificates.ts'
import { makeSelfSigned } from '../../../shared/transport/self-signed.ts'
import { PASSWORD } from '../../house.ts'
import { type ImapServer, startImapServer } from './imap-server.ts'

const USER = 'alice@demo.test'
const PLAIN = 'From: ann@example.net\r\nTo: alice@demo.test\r\nSubject: first\r\n\r\nHello.\r\n'
const MIXED = [
  'From: ann@example.net\r\nSubject: =?utf-8?q?gr=C3=BC=C3=9Fe?=\r\nMIME-Version: 1.0\r\n',
  'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nthe text\r\n',
  '--b\r\nContent-Type: application/octet-stream; name=a.bin\r\nContent-Transfer-Encoding: base64\r\n\r\nAAECAwQF\r\n--b--\r\n',
].join('')

let server: ImapServer
before(async () => {
  const certificates = makeCertificates([await makeSelfSigned(['localhost', '127.0.0.1'], Date.now())])
  server = await startImapServer({ certificates })
})
after(() => server.close())

async function run(command: string, args: readonly string[], input = ''): Promise<string> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.end(input)
  const [output, errors, code] = await Promise.all([
    Array.fromAsync(child.stdout).then((chunks) => Buffer.concat(chunks).toString()),
    Array.fromAsync(child.stderr).then((chunks) => Buffer.concat(chunks).toString()),
    new Promise((resolve, reject) => child.on('close', resolve).on('error', reject)),
  ])
  assert.equal(code, 0, errors)
  return output
}

async function octetsOf(stream: Readable | undefined): Promise<Buffer> {
  assert.ok(stream)
  return Buffer.concat(await Array.fromAsync(stream))
}

test('curl lists, searches, fetches and appends', async () => {
  await server.seed('Drafts', [{ text: PLAIN }])
  const url = `imap://127.0.0.1:${server.port}`
  const user = ['--silent', '--show-error', '--user', `${USER}:${PASSWORD}`]
  assert.match(await run('curl', [...user, `${url}/`]), /\* LIST \(\\HasNoChildren \\Drafts\) "\/" Drafts/)
  assert.equal(await run('curl', [...user, `${url}/Drafts;UID=1`]), PLAIN)
  assert.match(await run('curl', [...user, `${url}/Drafts?SUBJECT%20first`]), /\* SEARCH 1\r\n/)
  const file = join(await mkdtemp(join(tmpdir(), 'tubepost-curl-')), 'message.eml')
  await writeFile(file, PLAIN)
  await run('curl', [...user, '--upload-file', file, `${url}/Drafts`])
  await rm(dirname(file), { recursive: true })
  assert.equal(await run('curl', [...user, `${url}/Drafts;MAILINDEX=2;SECTION=TEXT`]), 'Hello.\r\n')
  const secured = [...user, '--insecure', '--ssl-reqd']
  assert.equal(await run('curl', [...secured, `${url}/Drafts;UID=2`]), PLAIN)
})

const IMAPLIB = `
import imaplib, sys
port, user, password = int(sys.argv[1]), sys.argv[2], sys.argv[3]
m = imaplib.IMAP4('127.0.0.1', port)
m.login(user, password)
def ok(answer, *expected):
    assert answer[0] == 'OK', answer
    if expected: assert answer[1] == list(expected), answer
    return answer[1]
ok(m.create('python/one'))
ok(m.subscribe('python/one'))
assert b'python/one' in b' '.join(ok(m.lsub('""', 'python/*')))
message = b'Subject: from python\\r\\n\\r\\nHello.\\r\\n'
for _ in range(3): ok(m.append('python/one', '(\\\\Seen)', imaplib.Time2Internaldate(0), message))
ok(m.select('python/one'), b'3')
assert ok(m.fetch('1', '(RFC822)'))[0][1] == message
ok(m.search(None, 'SEEN'), b'1 2 3')
ok(m.store('2', '+FLAGS', '(\\\\Deleted)'))
ok(m.copy('1', 'Archive'))
ok(m.expunge(), b'2')
ok(m.uid('SEARCH', 'ALL'), b'1 3')
ok(m.noop())
ok(m.status('python/one', '(MESSAGES UIDNEXT)'), b'python/one (MESSAGES 2 UIDNEXT 4)')
ok(m.close())
ok(m.rename('python/one', 'python/two'))
ok(m.delete('python/two'))
m.logout()
print('done')
`

test("Python's imaplib", async () => {
  assert.equal(await run('python3', ['-', String(server.port), USER, PASSWORD], IMAPLIB), 'done\n')
})

test('imapflow under STARTTLS: list, envelope, structure, download, flags, copy, move, idle', async () => {
  const client = new ImapFlow({
    host: '127.0.0.1',
    port: server.port,
    secure: false,
    doSTARTTLS: true,
    auth: { user: USER, pass: PASSWORD },
    tls: { rejectUnauthorized: false },
    logger: false,
  })
  await client.connect()
  assert.ok(client.secureConnection)
  const sent = (await client.list()).find(({ specialUse }) => specialUse === '\\Sent')
  assert.equal(sent?.path, 'Sent')
  await client.append('INBOX', MIXED, ['\\Flagged'])
  await server.seed('INBOX', [{ text: PLAIN }])
  const lock = await client.getMailboxLock('INBOX')
  const all = await client.fetchAll('1:*', {
    uid: true,
    flags: true,
    envelope: true,
    bodyStructure: true,
    internalDate: true,
    threadId: true,
  })
  assert.deepEqual(
    all.map(({ uid, envelope, flags }) => [
      uid,
      envelope?.subject,
      [...(flags ?? [])].filter((flag) => flag !== '\\Recent'),
    ]),
    [
      [1, 'grüße', ['\\Flagged']],
      [2, 'first', []],
    ],
  )
  assert.deepEqual(
    all[0]!.bodyStructure?.childNodes?.map(({ type, part }) => [part, type]),
    [
      ['1', 'text/plain'],
      ['2', 'application/octet-stream'],
    ],
  )
  const { content } = await client.download('1', '2')
  assert.deepEqual(await octetsOf(content), Buffer.from([0, 1, 2, 3, 4, 5]))
  const whole = await client.download('1')
  assert.equal((await octetsOf(whole.content)).toString(), MIXED)
  assert.deepEqual(await client.search({ subject: 'grüße' }), [1])
  assert.ok(await client.messageFlagsAdd('2', ['\\Seen']))
  const copied = await client.messageCopy('1:2', 'Junk')
  assert.equal((copied || undefined)?.uidMap?.get(2), 2)
  const moved = await client.messageMove('1', 'Trash')
  assert.equal((moved || undefined)?.uidMap?.get(1), 1)

  const arrived = new Promise<number>((resolve) => client.on('exists', ({ count }) => resolve(count)))
  const idling = client.idle()
  await server.seed('INBOX', [{ text: PLAIN }])
  assert.equal(await arrived, 2)
  await client.noop()
  await idling
  const status = await client.status('INBOX', { messages: true, unseen: true, uidNext: true })
  assert.ok(status)
  assert.deepEqual([status.messages, status.unseen, status.uidNext], [2, 1, 4])
  lock.release()
  await client.logout()
})

test('what is sent in plain text behind STARTTLS is forgotten', async () => {
  const plain = connect(server.port, '127.0.0.1')
  const line = () => new Promise<string>((resolve) => plain.once('data', (chunk: Buffer) => resolve(chunk.toString())))
  assert.match(await line(), /STARTTLS/)
  const answered = line()
  plain.write('a STARTTLS\r\nb NOOP\r\n')
  assert.match(await answered, /^a OK/)
  const socket = secure({ socket: plain, rejectUnauthorized: false })
  const said = new Promise<string>((resolve) => socket.once('data', (chunk: Buffer) => resolve(chunk.toString())))
  socket.write('c CAPABILITY\r\n')
  const answer = await said
  assert.doesNotMatch(answer, /b OK|STARTTLS/)
  assert.match(answer, /\* CAPABILITY .*AUTH=PLAIN/)
  socket.destroy()
})
