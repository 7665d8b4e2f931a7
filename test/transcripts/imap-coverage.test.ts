import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { COMMANDS } from '../../shared/servers/imap/commands.ts'
import { ImapClient } from '../servers/imap/imap-client.ts'
import { startImapServer } from '../servers/imap/imap-server.ts'

const FOLDER = new URL('imap/', import.meta.url)
const LINES = readdirSync(FOLDER).flatMap((file) => readFileSync(new URL(file, FOLDER), 'utf8').split('\n'))
/** Titles, comments, and what clients say: a capability that is only listed by the server is not tried. */
const TRIED = LINES.filter((line) => !/^S\d*: /.test(line)).join('\n')

test('every row of the command table is in a transcript', () => {
  const said = LINES.flatMap((line) => /^C\d*: \S+ ((?:UID )?[A-Z]+)/i.exec(line)?.[1]?.toUpperCase() ?? [])
  const missing = Object.keys(COMMANDS).filter((name) => !said.includes(name))
  assert.deepEqual(missing, [])
})

test('every capability is named by a transcript', async () => {
  const server = await startImapServer()
  try {
    const before = await ImapClient.connect(server.port)
    const after = await ImapClient.signedIn(server.port)
    const names = new Set<string>()
    for (const client of [before, after]) {
      const [line = ''] = await client.run('CAPABILITY')
      for (const name of line.split(' ').slice(2)) names.add(name.startsWith('APPENDLIMIT=') ? 'APPENDLIMIT' : name)
      await client.close()
    }
    const words = new Set(TRIED.split(/[\s,:;()]+/))
    assert.deepEqual(
      [...names].filter((name) => !words.has(name)),
      [],
    )
  } finally {
    await server.close()
  }
})
