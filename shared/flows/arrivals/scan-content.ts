import { createHash } from 'node:crypto'
import { previewOf } from '../../codec/mime/preview.ts'
import { StructureScanner } from '../../codec/mime/structure.ts'
import type { Limits } from '../../settings.ts'
import type { View } from '../../store/views.ts'

export type ScanSettings = Pick<Limits, 'mimeLevels' | 'mimeParts'>

/** The beginning that is kept while the rest streams by, for the preview. */
const HEAD_OCTETS = 64 * 1024

/** The view of a message, in one pass over its octets; whatever they are, there is one. */
export async function scanContent(
  content: AsyncIterable<Uint8Array>,
  receivedSha256: string,
  { mimeLevels, mimeParts }: ScanSettings,
): Promise<View> {
  const scanner = new StructureScanner({ levels: mimeLevels, parts: mimeParts })
  const hash = createHash('sha256')
  const head: Uint8Array[] = []
  let room = HEAD_OCTETS
  let end = ''
  for await (const chunk of content) {
    scanner.write(chunk)
    if (chunk.length > 0) end = `${end}${Buffer.from(chunk.subarray(-2)).toString('latin1')}`.slice(-2)
    hash.update(chunk)
    if (room > 0) head.push(chunk.slice(0, room))
    room -= chunk.length
  }
  const { envelope, root, headerFields, headerFieldsMissing, messageIds, sizeOctets } = scanner.end()
  return {
    envelope,
    structure: root,
    headerFields,
    headerFieldsMissing,
    messageIds,
    sizeOctets,
    unterminated: end !== '' && end !== '\r\n',
    preview: previewOf(root, Buffer.concat(head)),
    objectSha256: hash.digest('hex'),
    receivedSha256,
  }
}
