import { ImapFlow, type ListResponse } from 'imapflow'
import { SPECIAL_USES, type SpecialUse } from '../../shared/store/mailbox-names.ts'
import {
  levelOf,
  type OpenedMessage,
  type Source,
  SourceLostError,
  type SourceMailbox,
  type SourceMessage,
} from './source.ts'
import { writeTemporaryFile } from './temporary-file.ts'

export interface ImapSettings {
  host: string
  port: number
  user: string
  password: string
  tls: 'implicit' | 'starttls' | 'none'
  /** A certificate that nobody vouches for will do. */
  insecure: boolean
}

const PAGE = 500
/** Messages up to this size are asked for together. */
const SMALL_OCTETS = 512 * 1024
const TOGETHER_OCTETS = 2 * 1024 * 1024
const TOGETHER = 100
const SLICE_OCTETS = 1024 * 1024

interface ImapMessage extends SourceMessage {
  uid: number
  sizeOctets: number
}

/** Another server's mailboxes, only looked at: nothing there changes. Throws where it does not let us in. */
export async function openImapSource(settings: ImapSettings): Promise<Source> {
  const { host, port, user, password, tls, insecure } = settings
  const client = new ImapFlow({
    host,
    port,
    secure: tls === 'implicit',
    ...(tls === 'none' && { doSTARTTLS: false }),
    ...(tls === 'starttls' && { doSTARTTLS: true }),
    auth: { user, pass: password },
    tls: { rejectUnauthorized: !insecure },
    logger: false,
    disableAutoIdle: true,
    qresync: false,
  })
  let lost: Error | undefined
  client.on('error', (error: Error) => {
    lost = error
  })
  try {
    await client.connect()
  } catch (error) {
    throw explained(error as Error, `${host}:${port}`)
  }
  const origin = `imap:${user}@${host}:${port}`
  return {
    async mailboxes() {
      const entries = await asked(client, () => client.list())
      const prefix = prefixOf(client)
      return entries.filter(isSelectable).map((entry) => mailboxOf(client, entry, prefix, origin))
    },
    async close() {
      if (lost === undefined && client.usable) await client.logout()
      else client.close()
    },
  }
}

function isSelectable({ flags }: ListResponse): boolean {
  return !flags.has('\\Noselect') && !flags.has('\\NonExistent')
}

/** What stands before everything of one's own (RFC 2342): `INBOX.` on some servers. */
function prefixOf(client: ImapFlow): string {
  const { namespace } = client as { namespace?: { prefix?: string } }
  return namespace?.prefix ?? ''
}

function mailboxOf(client: ImapFlow, entry: ListResponse, prefix: string, origin: string): SourceMailbox {
  const { path, delimiter, subscribed } = entry
  const own = prefix !== '' && path.startsWith(prefix) && path.length > prefix.length ? path.slice(prefix.length) : path
  const levels = (delimiter ? own.split(delimiter) : [own]).filter((level) => level !== '').map(levelOf)
  const use = entry.specialUse?.replace(/^\\/, '')
  const specialUse = SPECIAL_USES.find((known): known is SpecialUse => known.toLowerCase() === use?.toLowerCase())
  return {
    path: levels,
    subscribed,
    ...(specialUse !== undefined && { specialUse }),
    async *pages() {
      // EXAMINE: not even \Recent is taken from whoever reads there.
      const { uidValidity, exists } = await asked(client, () => client.mailboxOpen(path, { readOnly: true }))
      if (exists === 0) return
      const all: ImapMessage[] = []
      const asks = { uid: true, flags: true, internalDate: true, size: true }
      await asked(client, async () => {
        for await (const { uid, flags, internalDate, size } of client.fetch('1:*', asks)) {
          all.push({
            uid,
            key: `${origin}/${path}/${uidValidity}/${uid}`,
            flags: [...(flags ?? [])].filter((flag) => flag !== '\\Recent'),
            sizeOctets: size ?? 0,
            ...(internalDate !== undefined && { receivedAt: new Date(internalDate).getTime() }),
          })
        }
      })
      all.sort((a, b) => a.uid - b.uid)
      for (let at = 0; at < all.length; at += PAGE) {
        const messages = all.slice(at, at + PAGE)
        yield { messages, read: (wanted) => readMessages(client, wanted as readonly ImapMessage[]) }
      }
    },
  }
}

async function* readMessages(client: ImapFlow, wanted: readonly ImapMessage[]): AsyncGenerator<OpenedMessage> {
  for (const group of grouped(wanted)) {
    if (group.length === 1 && group[0]!.sizeOctets > SMALL_OCTETS) {
      yield* readLarge(client, group[0]!)
      continue
    }
    const sources = new Map<number, Buffer>()
    const uids = group.map(({ uid }) => uid).join(',')
    await asked(client, async () => {
      for await (const { uid, source } of client.fetch(uids, { uid: true, source: true }, { uid: true })) {
        if (source !== undefined) sources.set(uid, source)
      }
    })
    for (const message of group) {
      const source = sources.get(message.uid)
      if (source !== undefined) yield { message, sizeOctets: source.length, open: () => [source] }
    }
  }
}

async function* readLarge(client: ImapFlow, message: ImapMessage): AsyncGenerator<OpenedMessage> {
  const file = await asked(client, async () => {
    const download = await client.download(String(message.uid), undefined, { uid: true, chunkSize: SLICE_OCTETS })
    return download.content === undefined ? undefined : writeTemporaryFile(download.content)
  })
  if (file === undefined) return
  try {
    yield { message, sizeOctets: file.sizeOctets, open: () => file.read() }
  } finally {
    await file.remove()
  }
}

function* grouped(messages: readonly ImapMessage[]): Generator<ImapMessage[]> {
  let group: ImapMessage[] = []
  let octets = 0
  for (const message of messages) {
    if (group.length > 0 && (group.length === TOGETHER || octets + message.sizeOctets > TOGETHER_OCTETS)) {
      yield group
      group = []
      octets = 0
    }
    group.push(message)
    octets += message.sizeOctets
  }
  if (group.length > 0) yield group
}

/** What fails because the connection is gone can be tried again on another. */
async function asked<T>(client: ImapFlow, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!client.usable) throw new SourceLostError(`the connection broke: ${(error as Error).message}`, { cause: error })
    throw explained(error as Error, 'the server')
  }
}

/** imapflow keeps the server's own words beside its message. */
function explained(error: Error, who: string): Error {
  const { responseText, authenticationFailed } = error as { responseText?: string; authenticationFailed?: boolean }
  const what = authenticationFailed ? 'does not let us in' : 'refuses'
  return new Error(`${who} ${what}: ${responseText ?? error.message}`, { cause: error })
}
