/** A client that comes and goes, with what it kept: after each QRESYNC it knows of every message it had what a client knows that asks anew (RFC 7162 §3.2.5). */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ImapClient } from './imap-client.ts'
import { type ImapServer, startImapServer } from './imap-server.ts'

const ROUNDS = 16
/** More than a replica remembers: then the journal is read. */
const MANY = 105

let server: ImapServer
let elsewhere: number
before(async () => {
  server = await startImapServer()
  elsewhere = await server.anotherGateway()
})
after(() => server.close())

/** The same numbers for the same seed (xorshift32). */
function dice(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

type Flags = ReadonlyMap<number, string>

function flagsIn(responses: readonly string[]): Map<number, string> {
  const flags = new Map<number, string>()
  for (const response of responses) {
    const told = /^\* \d+ FETCH \(UID (\d+) FLAGS \(([^)]*)\)/.exec(response)
    if (told === null) continue
    const words = told[2]!.split(' ').filter((word) => word !== '\\Recent')
    flags.set(Number(told[1]), words.sort().join(' '))
  }
  return flags
}

function vanishedIn(responses: readonly string[]): number[] {
  return responses.flatMap((response) => {
    const told = /^\* VANISHED (?:\(EARLIER\) )?([\d,:]+)/.exec(response)
    return (told?.[1]?.split(',') ?? []).flatMap((range) => {
      const [first, last = first] = range.split(':').map(Number)
      return Array.from({ length: last! - first! + 1 }, (_, index) => first! + index)
    })
  })
}

function told(responses: readonly string[], code: string): number {
  return Number(new RegExp(`\\[${code} (\\d+)`).exec(responses.join('\n'))?.[1])
}

async function everything(mailbox: string): Promise<Flags> {
  const client = await ImapClient.signedIn(elsewhere)
  await client.run(`EXAMINE ${mailbox}`)
  const flags = flagsIn(await client.run('UID FETCH 1:* (FLAGS)'))
  await client.close()
  return flags
}

/** One change by somebody else. */
async function change(client: ImapClient, mailbox: string, roll: (below: number) => number): Promise<void> {
  const found = (await client.run('UID SEARCH ALL')).find((response) => response.startsWith('* SEARCH'))
  const uids = found!.split(' ').slice(2).map(Number)
  const uid = uids[roll(Math.max(1, uids.length))]
  const kind = roll(10)
  if (uid === undefined || kind < 4) await client.run(`APPEND ${mailbox} (k${roll(3)}) {9+}\r\nA: b\r\n\r\nc`)
  else if (kind < 7) await client.run(`UID STORE ${uid} ${['', '+', '-'][roll(3)]}FLAGS.SILENT (\\Seen k${roll(3)})`)
  else if (kind < 8) await client.run(`UID MOVE ${uid} Trash`)
  else {
    await client.run(`UID STORE ${uid} +FLAGS.SILENT (\\Deleted)`)
    await client.run(kind < 9 ? 'EXPUNGE' : `UID EXPUNGE ${uid}`)
  }
}

for (const seed of [1, 2]) {
  test(`whatever happens while it is away, QRESYNC brings a client up to date (seed ${seed})`, async () => {
    const roll = dice(seed * 7919)
    const mailbox = `model${seed}`
    const others = [await ImapClient.signedIn(server.port), await ImapClient.signedIn(elsewhere)]
    await others[0]!.run(`CREATE ${mailbox}`)
    for (const other of others) await other.run(`SELECT ${mailbox}`)
    let known = new Map<number, string>()
    let kept: { uidvalidity: number; modseq: number } | undefined
    for (let round = 0; round < ROUNDS; round += 1) {
      for (let left = round === 8 ? MANY : roll(6); left > 0; left -= 1) await change(others[roll(2)]!, mailbox, roll)
      const client = await ImapClient.signedIn(roll(2) === 0 ? server.port : elsewhere)
      await client.run('ENABLE QRESYNC')
      const uids = [...known.keys()].sort((a, b) => a - b)
      // All UIDs up to the highest, or those it has, or with a message whose number it knew.
      const sets = uids.length === 0 ? [''] : ['', ` ${uids.join(',')}`, ` 1:${uids.at(-1)} (1 ${uids[0]})`]
      const parameter = kept && ` (QRESYNC (${kept.uidvalidity} ${kept.modseq}${sets[roll(sets.length)]}))`
      const selected = await client.run(`SELECT ${mailbox}${parameter ?? ''}`)
      for (const uid of vanishedIn(selected)) known.delete(uid)
      const changed = flagsIn(selected)
      for (const [uid, flags] of changed) known.set(uid, flags)
      const now = await everything(mailbox)
      for (const [uid, flags] of known) assert.equal(flags, now.get(uid), `UID ${uid}, round ${round}`)

      known = new Map(flagsIn(await client.run('UID FETCH 1:* (FLAGS)')))
      kept = { uidvalidity: told(selected, 'UIDVALIDITY'), modseq: told(selected, 'HIGHESTMODSEQ') }
      for (let left = roll(5); left > 0; left -= 1) {
        await change(others[roll(2)]!, mailbox, roll)
        // What it sees come and change it keeps, under the MODSEQ of its SELECT; or it goes by the MODSEQ that its own EXPUNGE came to.
        const heard = await client.run(roll(2) === 0 ? 'NOOP' : 'UID FETCH 1:* (FLAGS)')
        for (const [uid, flags] of flagsIn(heard)) known.set(uid, flags)
        for (const uid of vanishedIn(heard)) known.delete(uid)
        if (roll(3) > 0 || known.size === 0) continue
        await client.run(`UID STORE ${[...known.keys()][0]} +FLAGS.SILENT (\\Deleted)`)
        const expunged = await client.run('EXPUNGE')
        for (const uid of vanishedIn(expunged)) known.delete(uid)
        known = new Map(flagsIn(await client.run('UID FETCH 1:* (FLAGS)')))
        kept.modseq = told(expunged, 'HIGHESTMODSEQ') || kept.modseq
      }
      await client.close()
    }
    for (const other of others) await other.close()
  })
}
