import { idPrefixAt, idTime } from '../mailbox/id-time.ts'
import { type ContentId, isContentId } from '../mailbox/ids.ts'
import { type Blobs, listAll } from '../ports/blobs.ts'
import type { PageOf, PageRequest } from '../store/pages.ts'

const FIRST_SPAN_MS = 60_000
const WIDER = 4
const LIST_PAGE = 1000

/**
 * Ids of the objects below a prefix, the newest first; those before one, the oldest first. Ids begin with their time, so that spans of time are listed
 * backwards, wider where there is little and narrower where there is much.
 */
export function idsInTime(
  blobs: Pick<Blobs, 'list'>,
  prefix: string,
  { after, before }: Pick<PageRequest, 'after' | 'before'>,
  now: number,
): AsyncGenerator<ContentId> {
  return before === undefined ? backwards(blobs, prefix, after, now) : forwards(blobs, prefix, before)
}

/** The page that was asked for out of `idsInTime`; what `read` does not find is not in the list. */
export async function pageInTime<T>(
  ids: AsyncIterable<ContentId>,
  { limit, before }: PageRequest,
  read: (id: ContentId) => Promise<T | undefined>,
): Promise<PageOf<T>> {
  const found: T[] = []
  for await (const id of ids) {
    const one = await read(id)
    if (one !== undefined) found.push(one)
    if (found.length > limit) break
  }
  const items = found.slice(0, limit)
  return { items: before === undefined ? items : items.reverse(), hasMore: found.length > limit }
}

async function* forwards(blobs: Pick<Blobs, 'list'>, prefix: string, id: string): AsyncGenerator<ContentId> {
  for await (const { name } of listAll(blobs, prefix, `${prefix}${id}`)) yield* idIn(name, prefix)
}

async function* backwards(
  blobs: Pick<Blobs, 'list'>,
  prefix: string,
  bound: string | undefined,
  now: number,
): AsyncGenerator<ContentId> {
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
    for (const { name } of inSpan.reverse()) yield* idIn(name, prefix)
    end = start
    endName = `${prefix}${idPrefixAt(start)}`
    span *= WIDER
  }
}

function* idIn(name: string, prefix: string): Generator<ContentId> {
  const id = name.slice(prefix.length)
  if (isContentId(id)) yield id as ContentId
}

/** 0 for what is no id. */
function timeOf(id: string): number {
  return idTime(id) || 0
}
