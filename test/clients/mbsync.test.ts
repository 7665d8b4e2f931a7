/** mbsync (isync) keeps a Maildir and the server the same, both ways. */
import assert from 'node:assert/strict'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  append,
  type ClientScene,
  maildir,
  messageOf,
  missing,
  openClientScene,
  PASSWORD,
  subjectOf,
  subjectsAndFlags,
  USER,
} from './client-scene.ts'

const MESSAGES = 500

describe('mbsync', { skip: missing('mbsync') }, () => {
  let scene: ClientScene
  before(async () => {
    scene = await openClientScene()
  })
  after(() => scene?.close())

  test(`two ways, ${MESSAGES} messages: new, changed and deleted on either side`, async () => {
    const mail = join(scene.home, 'mail')
    const config = await scene.write('mbsyncrc', [
      'IMAPAccount tubepost',
      'Host localhost',
      `Port ${scene.server.ports['imaps']}`,
      `User ${USER}`,
      `Pass ${PASSWORD}`,
      'SSLType IMAPS',
      `CertificateFile ${scene.certificate}`,
      '', // a section ends with an empty line
      'IMAPStore far',
      'Account tubepost',
      '',
      'MaildirStore near',
      `Path ${mail}/`,
      `Inbox ${mail}/INBOX`,
      'SubFolders Verbatim',
      '',
      'Channel all',
      'Far :far:',
      'Near :near:',
      'Patterns *',
      'Create Both',
      'Expunge Both',
      'SyncState *',
    ])
    const sync = async () => {
      await scene.run('mkdir', ['-p', mail])
      return scene.run('mbsync', ['-c', config, '-a'])
    }
    const near = async () => {
      const files = await maildir(join(mail, 'Work'))
      return new Map(files.map(({ text, flags, path }) => [subjectOf(text)!, { text, flags, path }]))
    }

    const client = await scene.signIn()
    await client.command('CREATE Work')
    const names = Array.from({ length: MESSAGES }, (_, index) => `m${index}`)
    await append(client, 'Work', names.map(messageOf))
    await sync()
    const first = await near()
    assert.deepEqual([...first.keys()].sort(), [...names].sort())
    const withoutTuid = (text: string) => text.replace(/X-TUID: .*\r?\n/, '')
    for (const [name, { text }] of first) {
      assert.equal(withoutTuid(text), messageOf(name).replaceAll('\r\n', '\n'))
    }

    // Here: ten are read, ten are thrown away, ten are new.
    for (const name of names.slice(0, 10)) await rename(first.get(name)!.path, withFlag(first.get(name)!.path, 'S'))
    for (const name of names.slice(10, 20)) await rename(first.get(name)!.path, withFlag(first.get(name)!.path, 'T'))
    const fresh = Array.from({ length: 10 }, (_, index) => `near${index}`)
    for (const name of fresh) {
      await writeFile(join(mail, 'Work', 'new', `${name}.host`), messageOf(name).replaceAll('\r\n', '\n'))
    }
    // There: ten are answered and flagged, ten are expunged, ten are new.
    await client.command('SELECT Work')
    await client.command('STORE 21:30 +FLAGS.SILENT (\\Flagged \\Answered)')
    await client.command('STORE 31:40 +FLAGS.SILENT (\\Deleted)')
    await client.command('EXPUNGE')
    const far = Array.from({ length: 10 }, (_, index) => `far${index}`)
    await append(client, 'Work', far.map(messageOf), '\\Draft')
    await sync()

    const expected = new Map(names.map((name) => [name, '']))
    for (const name of names.slice(0, 10)) expected.set(name, '\\Seen')
    for (const name of names.slice(20, 30)) expected.set(name, '\\Answered \\Flagged')
    for (const name of [...names.slice(10, 20), ...names.slice(30, 40)]) expected.delete(name)
    for (const name of fresh) expected.set(name, '')
    for (const name of far) expected.set(name, '\\Draft')
    await assertBoth(expected)
    await sync()
    await assertBoth(expected)

    async function assertBoth(wanted: ReadonlyMap<string, string>) {
      const sorted = (map: ReadonlyMap<string, string>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1))
      assert.deepEqual(sorted(await subjectsAndFlags(scene, 'Work')), sorted(wanted))
      const letters = { '\\Answered': 'R', '\\Draft': 'D', '\\Flagged': 'F', '\\Seen': 'S' } as Record<string, string>
      const here = [...(await near())].map(([name, { flags }]): [string, string] => [name, flags])
      const there = [...wanted].map(([name, flags]): [string, string] => [
        name,
        flags
          .split(' ')
          .map((flag) => letters[flag] ?? '')
          .sort()
          .join(''),
      ])
      assert.deepEqual(sorted(new Map(here)), sorted(new Map(there)))
    }
    client.end()
    await rm(mail, { recursive: true })
  })
})

/** A file of a Maildir with one more flag, in `cur`. */
function withFlag(path: string, flag: string): string {
  const [base, flags = ''] = path.replace('/new/', '/cur/').split(':2,')
  return `${base}:2,${[...flags, flag].sort().join('')}`
}
