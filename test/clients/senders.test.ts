/** Programs that send mail: swaks and msmtp submit, smtp-source floods port 25 as Postfix's authors measure servers. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type ClientScene, missing, openClientScene, PASSWORD, subjectsAndFlags, USER } from './client-scene.ts'

const BOB = 'bob@demo.test'
const PATIENCE_MS = 20_000

describe('senders of mail', () => {
  let scene: ClientScene
  before(async () => {
    scene = await openClientScene()
  })
  after(() => scene?.close())

  /** Waits until bob's INBOX shows a message of this subject. */
  async function arrives(subject: string): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS
    while (!(await subjectsAndFlags(scene, 'INBOX', BOB)).has(subject)) {
      assert.ok(Date.now() < deadline, `${subject} did not arrive`)
    }
  }

  describe('swaks', { skip: missing('swaks') }, () => {
    const ROWS: readonly [name: string, door: 'submission' | 'submissions', args: readonly string[]][] = [
      ['STARTTLS and PLAIN', 'submission', ['--tls', '--auth', 'PLAIN']],
      ['STARTTLS and LOGIN', 'submission', ['--tls', '--auth', 'LOGIN']],
      ['TLS on connect', 'submissions', ['--tls-on-connect', '--auth', 'PLAIN']],
      ['everything in one segment', 'submission', ['--tls', '--auth', 'PLAIN', '--pipeline']],
    ]
    for (const [name, door, args] of ROWS) {
      test(`submits with ${name}`, async () => {
        const subject = `swaks ${name}`
        const server = ['--server', 'localhost', '--port', String(scene.server.ports[door]), '--helo', 'client.test']
        const user = ['--auth-user', USER, '--auth-password', PASSWORD]
        const mail = ['--from', USER, '--to', BOB, '--header', `Subject: ${subject}`, '--body', 'Hello.']
        const said = await scene.run('swaks', [
          ...server,
          ...args,
          ...user,
          ...mail,
          '--tls-ca-path',
          scene.certificate,
        ])
        assert.match(said, /<~+\*? +250 2\.0\.0/)
        await arrives(subject)
      })
    }

    test('a password that is wrong and a recipient that is none are told so, and the program knows', async () => {
      const server = [
        '--server',
        'localhost',
        '--helo',
        'client.test',
        '--to',
        'nobody@demo.test',
        '--from',
        'x@y.test',
      ]
      const mx = await scene.run('swaks', [...server, '--port', String(scene.server.ports.smtp)], { codes: [24] })
      assert.match(mx, /<\*\* 550 5\.1\.1/)
      const auth = ['--tls', '--auth', 'PLAIN', '--auth-user', USER, '--auth-password', 'wrong']
      const submission = ['--port', String(scene.server.ports.submission), ...auth]
      const refused = await scene.run('swaks', [...server, ...submission], { codes: [28] })
      assert.match(refused, /<~\* 535 5\.7\.8/)
    })
  })

  test('msmtp submits what a program pipes into it, dots and all', { skip: missing('msmtp') }, async () => {
    const config = await scene.write('msmtprc', [
      'account default',
      'host localhost',
      `port ${scene.server.ports.submission}`,
      'tls on',
      'tls_starttls on',
      `tls_trust_file ${scene.certificate}`,
      'auth scram-sha-256',
      `user ${USER}`,
      `password ${PASSWORD}`,
      `from ${USER}`,
    ])
    const input = `From: ${USER}\nTo: ${BOB}\nSubject: msmtp\n\n.\n..\n.dot\n`
    await scene.run('msmtp', [`--file=${config}`, '--read-recipients', '--dsn-notify=failure'], { input })
    await arrives('msmtp')
    assert.match(await answer('FETCH 1:* BODY.PEEK[TEXT]'), /\r\n\.\r\n\.\.\r\n\.dot\r\n/)
  })

  test('smtp-source: 400 messages by 20 sessions, each there once', { skip: missing('smtp-source') }, async () => {
    const before = (await counted()).exists
    const sessions = ['-s', '20', '-m', '400', '-l', '2000', '-f', 'x@elsewhere.test', '-t', BOB, '-M', 'client.test']
    await scene.run('smtp-source', [...sessions, `inet:127.0.0.1:${scene.server.ports.smtp}`])
    const deadline = Date.now() + PATIENCE_MS
    while ((await counted()).exists < before + 400) assert.ok(Date.now() < deadline, 'they did not arrive')
    assert.deepEqual(await counted(), { exists: before + 400, next: before + 401 })
  })

  async function counted(): Promise<{ exists: number; next: number }> {
    const [, exists, next] = /MESSAGES (\d+) UIDNEXT (\d+)/.exec(await answer('STATUS INBOX (MESSAGES UIDNEXT)'))!
    return { exists: Number(exists), next: Number(next) }
  }

  /** What the server says to a command in bob's INBOX. */
  async function answer(command: string): Promise<string> {
    const client = await scene.signIn(BOB)
    await client.command('EXAMINE INBOX')
    client.write(`y ${command}\r\n`)
    const lines: string[] = []
    do lines.push(await client.line())
    while (!lines.at(-1)!.startsWith('y '))
    client.end()
    return lines.join('\r\n')
  }
})
