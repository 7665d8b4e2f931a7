import type { ContentId, TenantId } from '../mailbox/ids.ts'
import { type Blobs, listAll } from '../ports/blobs.ts'
import { contentName, parseContentName } from '../store/keys.ts'
import type { PageOf, PageRequest } from '../store/pages.ts'
import type { TenantStore } from '../store/store.ts'
import { type ReceivedEmail, readReceived } from './read-received.ts'

const FIRST_SPAN_MS = 60_000
const WIDER = 4
const LIST_PAGE = 1000

/**
 * What came in for a tenant, the newest first. The bucket is the list: ids begin with their time, so that spans of time are listed backwards, wider
 * where there is little and narrower where there is much; receiving pays nothing for it.
 */
export async function pageOfReceived(
  own: TenantStore,
  { limit, after, before }: PageRequest,
): Promise<PageOf<ReceivedEmail>> {
  const newestFirst = before === undefined
  const ids = newestFirst
    ? backwards(own.engine.blobs, own.tenant, after, own.engine.clock.now())
    : forwards(own.engine.blobs, own.tenant, before)
  const found: ReceivedEmail[] = []
  for await (const id of ids) {
    const email = await readReceived(own, id)
    if (email !== undefined) found.push(email)
    if (found.length > limit) break
  }
  const items = found.slice(0, limit)
  return { items: newestFirst ? items : items.reverse(), hasMore: found.length > limit }
}

async function* forwards(blobs: Blobs, tenant: TenantId, id: string): AsyncGenerator<ContentId> {
  const prefix = contentName(tenant, '' as ContentId)
  for await (const { name } of listAll(blobs, prefix, `${prefix}${id}`)) {
    const content = parseContentName(name)?.content
    if (content !== undefined) yield content
  }
}

async function* backwards(
  blobs: Blobs,
  tenant: TenantId,
  bound: string | undefined,
  now: number,
): AsyncGenerator<ContentId> {
  const prefix = contentName(tenant, '' as ContentId)
  const [first] = await blobs.list(prefix, { limit: 1 })
  if (first === undefined) return
  const floor = timeOf(first.name.slice(prefix.length))
  let end = bound === undefined ? now + 1 : timeOf(bound) + 1
  let endName = `${prefix}${bound ?? idPrefixAt(end)}`
  let span = FIRST_SPAN_MS
  while (end > floor) {
    const start = Math.max(floor, end - span)
    const page = await blobs.list(prefix, { after: `${prefix}${idPrefixAt(start)}`, limit: LIST_PAGE })
    const inSpan = page.filter(({ name }) => name < endName)
    if (inSpan.length === LIST_PAGE && end - start > 1) {
      span = Math.max(1, Math.floor((end - start) / WIDER)) // too many: their order backwards is not known
      continue
    }
    for (const { name } of inSpan.reverse()) {
      const content = parseContentName(name)?.content
      if (content !== undefined) yield content
    }
    end = start
    endName = `${prefix}${idPrefixAt(start)}`
    span *= WIDER
  }
}

/** What every UUIDv7 made at that time or later sorts after (RFC 9562 §5.7: 48 bits of milliseconds come first). */
function idPrefixAt(ms: number): string {
  const hex = ms.toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}`
}

/** 0 for what is no id. */
function timeOf(id: string): number {
  const ms = Number.parseInt(id.slice(0, 13).replace('-', ''), 16)
  return Number.isNaN(ms) ? 0 : ms
}
