import { StructureScanner } from '../../codec/mime/structure.ts'
import type { MimePart } from '../../codec/mime/structure-types.ts'
import type { ContentId } from '../../mailbox/ids.ts'
import { outboxName, scheduledName } from '../../store/keys.ts'
import type { TenantStore } from '../../store/store.ts'
import type { ScanSettings } from '../arrivals/scan-content.ts'
import type { ReadRange } from '../mailboxes/message-bodies.ts'

/** The octets of an email that was sent or waits, and where its parts lie. */
export interface SentContent {
  structure: MimePart
  read: ReadRange
}

/** Reads all of it once, as nothing is kept of its structure; undefined where there is nothing left of it. */
export async function openSentContent(
  own: TenantStore,
  id: ContentId,
  settings: ScanSettings,
): Promise<SentContent | undefined> {
  for (const name of [outboxName(own.tenant, id), scheduledName(own.tenant, id)]) {
    const found = await openObject(own, name, settings)
    if (found !== undefined) return found
  }
  return undefined
}

/** As `openSentContent`, of any object that is a message. */
export async function openObject(
  { engine: { blobs } }: TenantStore,
  name: string,
  { mimeLevels, mimeParts }: ScanSettings,
): Promise<SentContent | undefined> {
  const blob = await blobs.get(name)
  if (blob === undefined) return undefined
  const scanner = new StructureScanner({ levels: mimeLevels, parts: mimeParts })
  for await (const chunk of blob.content) scanner.write(chunk)
  const read: ReadRange = async function* (range) {
    const part = await blobs.get(name, range)
    if (part !== undefined) yield* part.content
  }
  return { structure: scanner.end().root, read }
}
