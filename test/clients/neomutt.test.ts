/** neomutt, fed with keys: reads, flags, copies, deletes; and sends. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  append,
  type ClientScene,
  messageOf,
  missing,
  openClientScene,
  PASSWORD,
  subjectsAndFlags,
  USER,
} from './client-scene.ts'

describe('neomutt', { skip: missing('neomutt', 'script') }, () => {
  let scene: ClientScene
  let config: string
  before(async () => {
    scene = await openClientScene()
    const { ports } = scene.server
    config = await scene.write('neomuttrc', [
      `set imap_user="${USER}" imap_pass="${PASSWORD}"`,
      `set folder="imaps://localhost:${ports['imaps']}/" spoolfile="+INBOX" record=""`,
      `set smtp_url="smtps://${USER.replace('@', '%40')}:${PASSWORD}@localhost:${ports['submissions']}/" from="${USER}"`,
      `set ssl_ca_certificates_file="${scene.certificate}" certificate_file="${scene.certificate}"`,
      'set imap_idle=yes imap_condstore=yes imap_qresync=yes ssl_verify_host=yes',
      'set quit=yes delete=yes confirmappend=no confirmcreate=no move=no beep=no wait_key=no',
      'set header_cache="" message_cachedir="" copy=yes mail_check=1 mark_old=no',
    ])
  })
  after(() => scene?.close())

  test('flags, copies and deletes', async () => {
    const client = await scene.signIn()
    await client.command('CREATE Work')
    await append(client, 'Work', ['one', 'two', 'three'].map(messageOf))
    const keys = [
      '<limit>~A<enter>',
      '<search>one<enter><flag-message>',
      '<search>two<enter><display-message><exit>',
      '<copy-message>=Archive<enter>',
      '<search>three<enter><delete-message>',
      '<sync-mailbox><quit>',
    ].join('')
    const command = `neomutt -F ${config} -f =Work -e 'push "${keys}"'`
    await scene.run('script', ['-qec', command, '/dev/null'])
    assert.deepEqual(
      await subjectsAndFlags(scene, 'Work'),
      new Map([
        ['one', '\\Flagged'],
        ['two', '\\Seen'],
      ]),
    )
    assert.deepEqual([...(await subjectsAndFlags(scene, 'Archive')).keys()], ['two'])
    client.end()
  })

  test('sends, signed in by SCRAM-SHA-256', async () => {
    const input = 'Hello Bob.\n'
    await scene.run('neomutt', ['-F', config, '-s', 'by neomutt', 'bob@demo.test'], { input })
    const deadline = Date.now() + 20_000
    while (!(await subjectsAndFlags(scene, 'INBOX', 'bob@demo.test')).has('by neomutt')) {
      assert.ok(Date.now() < deadline, 'the message has not come')
    }
  })
})
