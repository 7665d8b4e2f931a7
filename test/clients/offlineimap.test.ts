/** offlineimap keeps all folders of the server and a tree of Maildirs the same. */
import assert from 'node:assert/strict'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  append,
  type ClientScene,
  maildir,
  makeMaildir,
  messageOf,
  missing,
  openClientScene,
  PASSWORD,
  subjectOf,
  subjectsAndFlags,
  USER,
} from './client-scene.ts'

describe('offlineimap', { skip: missing('offlineimap') }, () => {
  let scene: ClientScene
  before(async () => {
    scene = await openClientScene()
  })
  after(() => scene?.close())

  test('both ways: new mail, flags and folders', async () => {
    const mail = join(scene.home, 'mail')
    const config = await scene.write('offlineimaprc', [
      '[general]',
      'accounts = tubepost',
      `metadata = ${scene.home}/metadata`,
      '[Account tubepost]',
      'localrepository = near',
      'remoterepository = far',
      '[Repository near]',
      'type = Maildir',
      `localfolders = ${mail}`,
      '[Repository far]',
      'type = IMAP',
      'remotehost = localhost',
      `remoteport = ${scene.server.ports['imaps']}`,
      'ssl = yes',
      `sslcacertfile = ${scene.certificate}`,
      `remoteuser = ${USER}`,
      `remotepass = ${PASSWORD}`,
    ])
    const sync = () => scene.run('offlineimap', ['-c', config, '-o', '-u', 'basic'])
    const near = async (folder: string) => {
      const files = await maildir(join(mail, folder))
      return new Map(files.map((file) => [subjectOf(file.text)!, file]))
    }
    const client = await scene.signIn()
    await client.command('CREATE Work')
    await client.command('CREATE Work/Deeper')
    const names = Array.from({ length: 20 }, (_, index) => `m${index}`)
    await append(client, 'Work/Deeper', names.map(messageOf))
    await sync()
    const first = await near('Work.Deeper')
    assert.deepEqual([...first.keys()].sort(), [...names].sort())

    const { path } = first.get('m0')!
    await rename(path, `${path.replace('/new/', '/cur/').split(':2,')[0]}:2,S`)
    await writeFile(join(mail, 'Work', 'new', '1.near.host'), messageOf('near').replaceAll('\r\n', '\n'))
    const made = await makeMaildir(join(mail, 'Made-here'))
    await writeFile(join(made, 'new', '2.made.host'), messageOf('made').replaceAll('\r\n', '\n'))
    await client.command('SELECT Work/Deeper')
    await client.command('STORE 2 +FLAGS.SILENT (\\Flagged)')
    await client.command('STORE 3 +FLAGS.SILENT (\\Deleted)')
    await client.command('EXPUNGE')
    await append(client, 'Work/Deeper', [messageOf('far')])
    await sync()

    const deeper = await subjectsAndFlags(scene, 'Work/Deeper')
    assert.equal(deeper.get('m0'), '\\Seen')
    assert.ok(deeper.has('far') && !deeper.has('m2'))
    const here = await near('Work.Deeper')
    assert.deepEqual([...here.keys()].sort(), [...deeper.keys()].sort())
    assert.equal(here.get('m1')!.flags, 'F')
    assert.deepEqual([...(await subjectsAndFlags(scene, 'Work')).keys()], ['near'])
    assert.deepEqual([...(await subjectsAndFlags(scene, 'Made-here')).keys()], ['made'])
    client.end()
  })
})
