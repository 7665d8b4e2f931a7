import { readFileSync } from 'node:fs'
import { appendMessages } from '../../shared/flows/mailboxes/append-messages.ts'
import { flagsOf } from '../../shared/mailbox/flags.ts'
import type { TenantId } from '../../shared/mailbox/ids.ts'
import { parseMailboxPath } from '../../shared/mailbox/mailbox-path.ts'
import { sourceOf } from '../../shared/ports/blob-source.ts'
import { serveImap } from '../../shared/servers/imap/serve-imap.ts'
import type { ImapServices } from '../../shared/servers/imap/services.ts'
import { readLimits } from '../../shared/settings.ts'
import type { Store } from '../../shared/store/store.ts'
import { PASSWORD } from './opened-store.ts'
import type { MakeScene, Scene, Session } from './transcript.ts'

const TENANT = 'one' as TenantId
const MESSAGES = new URL('messages/', import.meta.url)
const INTERNALDATE = Date.UTC(2026, 1, 3, 4, 5, 6)

interface Given {
  mailbox: string
  messages: { file?: string; flags: string[] }[]
  state: 'connected' | 'signed in' | 'have it selected'
  sessions: number[]
  /** Capabilities that the account is not shown. */
  without: string[]
  quotaOctets: number | null
}

let people = 0

/**
 * Clauses: `INBOX with 3 messages, 2 \Deleted` or `INBOX with mixed.eml, plain.eml`, of an account made for it;
 * `sessions 1 and 2 have it selected` (also `are signed in`, and `are connected`: then the account is alice@one.test); `plain text` (no
 * password may come); `limit <name> <number>`; `without <capability> …` and `quota <octets>` of the account.
 */
export function imapScenes(store: Store): MakeScene {
  return async (clauses) => {
    const given = parseGiven(clauses)
    const limits: ImapServices['limits'] = readLimits({})
    let allowed = true
    for (const clause of clauses.slice(2)) {
      const limit = /^limit (\w+) (\d+)$/.exec(clause)
      if (limit !== null && limit[1]! in limits) limits[limit[1] as 'messageOctets'] = Number(limit[2])
      else if (clause === 'plain text') allowed = false
      else if (clause.startsWith('quota ')) given.quotaOctets = Number(clause.split(' ')[1])
      else if (clause.startsWith('without ')) given.without = clause.split(' ').slice(1)
      else throw new Error(`unknown clause: ${clause}`)
    }
    const services: ImapServices = { store, limits, hostName: 'mx.test', allowPlaintext: () => allowed }
    const user = given.state === 'connected' ? 'alice' : `person${++people}`
    if (user !== 'alice') await makePerson(store, user, given, services)
    const scene: Scene = {
      sessions: given.sessions,
      serve: (connection) => serveImap(connection, services),
      async before(session) {
        if (given.state === 'connected') return
        await session.line()
        await run(session, `LOGIN ${user}@one.test ${PASSWORD}`)
        if (given.state === 'have it selected') await run(session, `SELECT ${given.mailbox}`)
      },
    }
    return scene
  }
}

async function run(session: Session, command: string): Promise<void> {
  session.send(`given ${command}\r\n`)
  for (let line = await session.line(); !line?.startsWith('given OK'); line = await session.line()) {
    if (line === undefined || line.startsWith('given ')) throw new Error(`${command}: ${line}`)
  }
}

async function makePerson(store: Store, localPart: string, given: Given, { limits }: ImapServices): Promise<void> {
  const account = await store.directory.createAccount(TENANT, { localPart, domain: 'one.test' }, PASSWORD)
  const tenant = store.tenant(TENANT)
  await tenant.accounts.change(account, { imapWithout: given.without, quotaOctets: given.quotaOctets })
  const mailbox = await tenant.mailboxes.mailbox(account, parseMailboxPath(given.mailbox))
  const messages = given.messages.map(({ file, flags }, index) => ({
    source: sourceOf(file === undefined ? plainMessage(index + 1) : crlf(readFileSync(new URL(file, MESSAGES)))),
    flags: flagsOf(flags),
    internalDate: INTERNALDATE,
  }))
  if (messages.length > 0) await appendMessages(tenant, mailbox, messages, limits)
  // \Recent is for the first that selects; transcripts about something else should not have to speak of it.
  if (given.state !== 'have it selected') return
  await tenant.journal.commit(mailbox, ({ totals: { uidNext } }) => ({
    changes: [{ kind: 'recent', before: uidNext }],
  }))
}

function plainMessage(number: number): Uint8Array {
  return Buffer.from(`Subject: message ${number}\r\n\r\nHello ${number}.\r\n`)
}

function crlf(octets: Buffer): Uint8Array {
  return Buffer.from(octets.toString('latin1').replaceAll('\n', '\r\n'), 'latin1')
}

function parseGiven([first = '', second = '']: readonly string[]): Given {
  const [mailbox = '', what = ''] = first.split(' with ')
  const messages: Given['messages'] = []
  for (const part of what.split(', ')) {
    const count = /^(\d+) messages?$/.exec(part)
    const flags = /^(\d+) ([\\$].*)$/.exec(part)
    if (count !== null) for (let left = Number(count[1]); left > 0; left -= 1) messages.push({ flags: [] })
    else if (flags !== null) messages[Number(flags[1]) - 1]!.flags.push(...flags[2]!.split(' '))
    else if (part.endsWith('.eml')) messages.push({ file: part, flags: [] })
    else throw new Error(`unknown clause: ${first}`)
  }
  const state = (['have it selected', 'signed in', 'connected'] as const).find((words) =>
    second.replace('has it', 'have it').endsWith(words),
  )
  if (state === undefined) throw new Error(`unknown clause: ${second}`)
  return {
    mailbox,
    messages,
    state,
    sessions: (second.match(/\d+/g) ?? []).map(Number),
    without: [],
    quotaOctets: null,
  }
}
