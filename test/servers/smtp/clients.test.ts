import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { createTransport } from 'nodemailer'
import { startSmtp } from './smtp-server.ts'

const run = promisify(execFile)
const MESSAGE =
  'Date: Mon, 1 Jan 2024 00:00:00 +0000\r\nMessage-ID: <a@b.test>\r\nSubject: dots\r\n\r\n.\r\n..\r\n.a\r\nlast line\r\n'

let server: Awaited<ReturnType<typeof startSmtp>>
let folder: string
before(async () => {
  server = await startSmtp()
  folder = await mkdtemp(join(tmpdir(), 'tubepost-clients-'))
  await writeFile(join(folder, 'message'), MESSAGE)
  await writeFile(join(folder, 'certificate'), server.certificate)
})
after(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

/** What arrived since it was last asked. */
let seen = 0
async function arrived(place: 'raw' | 'outbox' = 'raw') {
  const contents = await server.contents(place, 'one')
  if (place === 'outbox') return contents
  const fresh = contents.slice(seen)
  seen = contents.length
  return fresh
}

test('curl delivers to our users, with STARTTLS and without', async () => {
  for (const tls of [[], ['--ssl-reqd', '--cacert', join(folder, 'certificate')]]) {
    const url = `smtp://localhost:${server.listeners.mx.port}/client.test`
    const mail = ['--mail-from', 'x@elsewhere.test', '--mail-rcpt', 'alice@one.test', '--mail-rcpt', 'bob@one.test']
    await run('curl', ['-sS', '-4', ...tls, url, ...mail, '--upload-file', join(folder, 'message')])
    const [message, ...more] = await arrived()
    assert.equal(more.length, 0)
    assert.equal(message?.content, MESSAGE)
    assert.match(
      message.trace,
      /^Return-Path: <x@elsewhere\.test>\r\nReceived: from client\.test \(\[127\.0\.0\.1\]\)\r\n/,
    )
    assert.match(message.trace, tls.length > 0 ? / with ESMTPS id / : / with ESMTP id /)
  }
})

test('curl submits over implicit TLS', async () => {
  const url = `smtps://localhost:${server.listeners.submissions.port}`
  const mail = ['--mail-from', 'alice@one.test', '--mail-rcpt', 'bob@one.test', '-u', 'alice@one.test:secret']
  const curl = [
    '-sS',
    '-4',
    '--cacert',
    join(folder, 'certificate'),
    url,
    ...mail,
    '--upload-file',
    join(folder, 'message'),
  ]
  await run('curl', curl)
  const message = (await arrived('outbox')).at(-1)
  assert.equal(message?.content, MESSAGE)
  assert.match(message.trace, / with ESMTPSA id /)
  await assert.rejects(
    run(
      'curl',
      curl.map((word) => word.replace(':secret', ':wrong')),
    ),
    /67|Login denied/,
  )
})

test('smtplib of Python: refused recipients, EHLO after STARTTLS, AUTH, quits', async () => {
  const script = `
import smtplib, ssl, sys
mx, submission, ca = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
message = sys.stdin.buffer.read()
with smtplib.SMTP('localhost', mx) as client:
    refused = client.sendmail('x@elsewhere.test', ['alice@one.test', 'nobody@one.test'], message)
    assert refused['nobody@one.test'][0] == 550, refused
    try:
        client.sendmail('x@elsewhere.test', ['y@elsewhere.test'], message)
        raise AssertionError('an open relay')
    except smtplib.SMTPRecipientsRefused as error:
        assert error.recipients['y@elsewhere.test'][0] == 550
    assert client.verify('alice')[0] == 252
with smtplib.SMTP('localhost', submission) as client:
    client.ehlo()
    assert client.esmtp_features['auth'].split() == ['SCRAM-SHA-256']
    client.starttls(context=ssl.create_default_context(cafile=ca))
    for mechanism in (client.auth_plain, client.auth_login):
        client.rset()
        client.ehlo()
        assert client.has_extn('auth')
        client.user, client.password = 'bob@one.test', 'secret'
        if mechanism == client.auth_plain:
            client.auth('PLAIN', mechanism)
            client.sendmail('bob@one.test', ['alice@one.test', 'friend@elsewhere.test'], message)
            client.quit()
            client.connect('localhost', submission)
            client.ehlo()
            client.starttls(context=ssl.create_default_context(cafile=ca))
            client.ehlo()
        else:
            client.auth('LOGIN', mechanism)
`
  const before = (await arrived('outbox')).length
  const { mx, submission } = server.listeners
  const child = run('python3', ['-c', script, String(mx.port), String(submission.port), join(folder, 'certificate')])
  child.child.stdin!.end(MESSAGE)
  await child
  const [message, ...more] = await arrived()
  assert.equal(more.length, 0)
  assert.equal(message?.content, MESSAGE)
  const sent = (await arrived('outbox')).slice(before)
  assert.deepEqual(
    sent.map(({ content }) => content),
    [MESSAGE],
  )
})

test('nodemailer: pooled, with UTF-8 in address and header', async () => {
  const before = (await arrived('outbox')).length
  const transport = createTransport({
    host: 'localhost',
    port: server.listeners.submission.port,
    requireTLS: true,
    tls: { ca: server.certificate },
    auth: { user: 'alice@one.test', pass: 'secret' },
    pool: true,
    maxConnections: 2,
  })
  const sendings = Array.from({ length: 10 }, (_, index) =>
    transport.sendMail({
      from: 'alice@one.test',
      to: ['bob@one.test', 'jörg@elsewhere.test'],
      subject: `№ ${index}`,
      text: 'ü',
    }),
  )
  // The capturing relay does SMTPUTF8; what it does not, submission refuses.
  for (const sending of await Promise.all(sendings)) assert.deepEqual(sending.rejected, [])
  transport.close()
  assert.equal((await arrived('outbox')).length - before, 10)
})
