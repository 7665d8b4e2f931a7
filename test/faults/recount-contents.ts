/** What the copies need is there, octet for octet, and nothing else for ever (I6, I7). */
import { createHash } from 'node:crypto'
import { decodeCbor } from '../../shared/codec/cbor.ts'
import type { Envelope } from '../../shared/mailbox/envelope.ts'
import { accountOf, type ContentId, type TenantId } from '../../shared/mailbox/ids.ts'
import { readWhole } from '../../shared/ports/blob-source.ts'
import { listAll } from '../../shared/ports/blobs.ts'
import type { Engine } from '../../shared/ports/engine.ts'
import { type Item, queryAll } from '../../shared/ports/table.ts'
import { contentPk } from '../../shared/store/keys.ts'
import { decodeView } from '../../shared/store/view-codec.ts'
import { type CountedMailbox, type Recount, tokenText } from './recount.ts'

interface Needed {
  sizes: Set<number>
  /** Texts of the tokens of all copies, by account. */
  tokens: Map<string, Set<string>>
}

export async function recountContents(
  engine: Engine,
  tenant: TenantId,
  mailboxes: readonly CountedMailbox[],
  /** Nothing may be left over of these, nor of what else there is; undefined: not yet. */
  ended: ReadonlySet<string> | undefined,
  { faults, received, contents }: Recount,
): Promise<void> {
  const settled = ended !== undefined
  const needed = neededBy(mailboxes, faults)
  const objects = await idsUnder(engine, `raw/${tenant}/`)
  contents.set(tenant, objects)
  for (const id of ended?.difference(objects) ?? []) {
    for await (const { sk } of queryAll(engine.table, contentPk(tenant, id as ContentId)))
      faults.push(`content ${id} is gone, and its item ${sk} is not`)
  }
  for (const id of new Set([...needed.keys(), ...objects])) {
    const items: Item[] = []
    for await (const item of queryAll(engine.table, contentPk(tenant, id as ContentId))) items.push(item)
    const need = needed.get(id)
    compareTokens(id, need, items, settled, faults)
    if (need === undefined) {
      if (settled) faults.push(`content ${id} is needed by no copy, and stays`)
      continue
    }
    const octets = await readWhole(engine.blobs, `raw/${tenant}/${id}`)
    const info = await engine.blobs.head(`raw/${tenant}/${id}`)
    const view = await viewOf(engine, items)
    if (octets === undefined || info === undefined || view === undefined) {
      faults.push(`content ${id} is shown, and its ${view === undefined ? 'view' : 'object'} is missing`)
      continue
    }
    const envelope = await envelopeOf(engine, info.metadata)
    const digests = {
      object: [sha256(octets), info.sha256, view.objectSha256],
      received: [sha256(octets.subarray(envelope.traceOctets)), envelope.receivedSha256, view.receivedSha256],
      size: [octets.length, info.length, view.sizeOctets, ...need.sizes],
    }
    for (const [what, values] of Object.entries(digests)) {
      if (new Set<unknown>(values).size > 1) faults.push(`content ${id}: its ${what} is ${values.join(' and ')}`)
    }
    received.set(id, sha256(octets.subarray(envelope.traceOctets)))
  }
  if (settled) await findLeftovers(engine, tenant, objects, faults)
}

function neededBy(mailboxes: readonly CountedMailbox[], faults: string[]): Map<string, Needed> {
  const needed = new Map<string, Needed>()
  for (const counted of mailboxes) {
    const account = accountOf(counted.mailbox)
    for (const message of counted.messages.values()) {
      const need: Needed = needed.get(message.content) ?? { sizes: new Set(), tokens: new Map() }
      needed.set(message.content, need)
      need.sizes.add(message.size)
      const tokens = need.tokens.get(account) ?? new Set<string>()
      need.tokens.set(account, tokens)
      const text = tokenText(counted, message)
      if (tokens.has(text)) faults.push(`content ${message.content}: two copies share the token ${text}`)
      tokens.add(text)
    }
  }
  return needed
}

function compareTokens(
  id: string,
  need: Needed | undefined,
  items: readonly Item[],
  settled: boolean,
  faults: string[],
): void {
  const kept = new Map<string, Set<string>>()
  for (const item of items.filter(({ sk }) => sk.startsWith('delivery/'))) {
    const tokens = (item['tokens'] as Set<string> | undefined) ?? new Set<string>()
    kept.set(item.sk.slice('delivery/'.length), tokens)
    if (item['doomed'] === true && tokens.size > 0) faults.push(`content ${id} is doomed and has tokens`)
  }
  for (const [account, tokens] of need?.tokens ?? []) {
    const missing = tokens.difference(kept.get(account.slice(account.indexOf('/') + 1)) ?? new Set())
    if (missing.size > 0) faults.push(`content ${id}: ${missing.size} copies of ${account} have no token`)
  }
  if (!settled) return
  for (const [local, tokens] of kept) {
    const shown = [...(need?.tokens ?? [])].find(([account]) => account.endsWith(`/${local}`))?.[1] ?? new Set<string>()
    const left = tokens.difference(shown)
    if (left.size > 0) faults.push(`content ${id}: ${left.size} tokens of ${local} are of no copy`)
  }
}

async function findLeftovers(engine: Engine, tenant: TenantId, objects: ReadonlySet<string>, faults: string[]) {
  for (const kind of ['envelope', 'view']) {
    const left = (await idsUnder(engine, `${kind}/${tenant}/`)).difference(objects)
    // An outbound message has its envelope too.
    const outbound = kind === 'envelope' ? await idsUnder(engine, `outbox/${tenant}/`) : new Set<string>()
    for (const id of left.difference(outbound)) faults.push(`${kind} object ${id} has outlived its content`)
  }
}

async function idsUnder(engine: Engine, prefix: string): Promise<Set<string>> {
  const ids = new Set<string>()
  for await (const { name } of listAll(engine.blobs, prefix)) ids.add(name.slice(prefix.length))
  return ids
}

async function viewOf(engine: Engine, items: readonly Item[]) {
  const item = items.find(({ sk }) => sk === 'view')
  if (item === undefined) return undefined
  const octets = item['d'] ?? (await readWhole(engine.blobs, item['blob'] as string))
  return octets === undefined ? undefined : decodeView(octets as Uint8Array)
}

export async function envelopeOf(engine: Engine, metadata: Readonly<Record<string, string>>): Promise<Envelope> {
  const packed = metadata['envelope']
  const octets =
    packed === undefined
      ? await readWhole(engine.blobs, metadata['envelope-object']!)
      : new Uint8Array(Buffer.from(packed, 'base64'))
  return (decodeCbor(octets!) as [number, Envelope])[1]
}

export function sha256(octets: Uint8Array): string {
  return createHash('sha256').update(octets).digest('hex')
}
