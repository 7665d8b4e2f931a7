/** Programs that fetch mail and keep or delete it: fetchmail, getmail, mpop; over POP3 and IMAP, under TLS. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
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

const NAMES = ['one', 'two', 'three']

describe('retrievers of mail', () => {
  let scene: ClientScene
  before(async () => {
    scene = await openClientScene()
  })
  after(() => scene?.close())
  beforeEach(async () => {
    const client = await scene.signIn()
    await client.command('SELECT INBOX')
    await client.command('UID STORE 1:* +FLAGS.SILENT (\\Deleted)')
    await client.command('EXPUNGE')
    await append(client, 'INBOX', NAMES.map(messageOf))
    client.end()
  })

  async function arrive(name: string): Promise<void> {
    const client = await scene.signIn()
    await append(client, 'INBOX', [messageOf(name)])
    client.end()
  }

  async function left(): Promise<string[]> {
    return [...(await subjectsAndFlags(scene, 'INBOX')).keys()]
  }

  describe('fetchmail', { skip: missing('fetchmail') }, () => {
    for (const protocol of ['pop3', 'imap'] as const) {
      for (const tls of ['ssl', "sslproto 'TLS1.2+'"]) {
        test(`${protocol} with ${tls}: keeps, then fetches only what is new, then deletes`, async () => {
          const port = scene.server.ports[tls === 'ssl' ? `${protocol}s` : protocol]
          const inbox = join(scene.home, `fetchmail-${protocol}-${tls === 'ssl'}`)
          const fetch = async (manner: string) => {
            const uidl = protocol === 'pop3' && manner === 'keep' ? 'uidl' : ''
            const config = await scene.write('fetchmailrc', [
              `poll localhost protocol ${protocol} port ${port} ${uidl}`,
              `  user "${USER}" password "${PASSWORD}" ${tls} sslcertck sslcertfile "${scene.certificate}"`,
              `  ${manner} mda "cat >> ${inbox}"`,
            ])
            // 1: there was no mail
            await scene.run('fetchmail', ['-f', config, '-i', `${inbox}.ids`, '--pidfile', `${inbox}.pid`], {
              codes: [0, 1],
            })
            return fetched(await readFile(inbox, 'latin1'))
          }
          assert.deepEqual(await fetch('keep'), NAMES)
          await arrive('four')
          assert.deepEqual(await fetch('keep'), [...NAMES, 'four'])
          assert.deepEqual(await fetch('keep'), [...NAMES, 'four'])
          assert.deepEqual(await left(), [...NAMES, 'four'])
          await fetch('fetchall no keep')
          assert.deepEqual(await left(), [])
        })
      }
    }
  })

  describe('getmail', { skip: missing('getmail') }, () => {
    for (const [kind, door] of [
      ['SimplePOP3Retriever', 'pop3'],
      ['SimplePOP3SSLRetriever', 'pop3s'],
      ['SimpleIMAPSSLRetriever', 'imaps'],
    ] as const) {
      test(`${kind}: keeps, then fetches only what is new, then deletes`, async () => {
        const inbox = join(scene.home, kind)
        const fetch = async (deletes: boolean) => {
          const config = await scene.write('getmailrc', [
            '[retriever]',
            `type = ${kind}`,
            'server = localhost',
            `port = ${scene.server.ports[door]}`,
            `username = ${USER}`,
            `password = ${PASSWORD}`,
            ...(door === 'pop3' ? [] : [`ca_certs = ${scene.certificate}`]),
            '[destination]',
            'type = MDA_external', // the only one that root may use
            'allow_root_commands = true',
            'unixfrom = false',
            'path = /usr/bin/tee',
            `arguments = ("-a", "${inbox}")`,
            '[options]',
            `delete = ${deletes}`,
            'read_all = false',
            'delivered_to = false',
            'received = false',
          ])
          await scene.run('getmail', ['--getmaildir', scene.home, '--rcfile', config])
          return fetched(await readFile(inbox, 'latin1'))
        }
        assert.deepEqual(await fetch(false), NAMES)
        await arrive('four')
        const all = [...NAMES, 'four']
        assert.deepEqual(await fetch(false), all)
        assert.deepEqual(await left(), all)
        assert.deepEqual(await fetch(true), all)
        assert.deepEqual(await left(), [])
      })
    }
  })

  describe('mpop', { skip: missing('mpop') }, () => {
    for (const [door, starttls] of [
      ['pop3', 'on'],
      ['pop3s', 'off'],
    ] as const) {
      test(`${door}, tls_starttls ${starttls}: keeps, then fetches only what is new, then deletes`, async () => {
        const inbox = await makeMaildir(join(scene.home, `mpop-${door}`))
        const fetch = async (keep: 'on' | 'off') => {
          const config = await scene.write('mpoprc', [
            'account tubepost',
            'host localhost',
            `port ${scene.server.ports[door]}`,
            'tls on',
            `tls_starttls ${starttls}`,
            `tls_trust_file ${scene.certificate}`,
            `user ${USER}`,
            `password ${PASSWORD}`,
            `keep ${keep}`,
            'only_new on',
            `uidls_file ${inbox}.uidls`,
            `delivery maildir ${inbox}`,
            'received_header off',
          ])
          await scene.run('mpop', ['-C', config, 'tubepost'])
          const found = await maildir(inbox)
          return found.map(({ text }) => subjectOf(text)!).sort()
        }
        assert.deepEqual(await fetch('on'), [...NAMES].sort())
        await arrive('four')
        const all = [...NAMES, 'four'].sort()
        assert.deepEqual(await fetch('on'), all)
        assert.deepEqual(await left(), [...NAMES, 'four'])
        assert.deepEqual(await fetch('off'), all)
        assert.deepEqual(await left(), [])
      })
    }
  })
})

function fetched(text: string): string[] {
  return [...text.matchAll(/^Subject: (.*?)\r?$/gm)].map(([, subject]) => subject!)
}
