import { decodeCbor, encodeCbor } from '../codec/cbor.ts'
import type { Envelope } from '../mailbox/envelope.ts'
import type { ContentId } from '../mailbox/ids.ts'
import { readWhole, sourceOf } from '../ports/blob-source.ts'
import type { BlobInfo } from '../ports/blobs.ts'
import type { TenantEngine } from '../ports/engine.ts'
import { envelopeName } from './keys.ts'

const ENVELOPE_FORMAT = 1
/** S3 gives an object's metadata 2 KB, names included. */
const METADATA_OCTETS = 1800
const PACKED = 'envelope'
const ELSEWHERE = 'envelope-object'

/** The envelope travels with its object, so that the bucket alone tells whose message it is (I9). */
export class Envelopes {
  private readonly engine: TenantEngine

  constructor(engine: TenantEngine) {
    this.engine = engine
  }

  /** The metadata to put the content with. A large envelope is an object of its own, written here, before the content that names it. */
  async prepare(content: ContentId, envelope: Envelope): Promise<Record<string, string>> {
    const octets = encodeCbor([ENVELOPE_FORMAT, envelope])
    const text = Buffer.from(octets).toString('base64')
    if (text.length <= METADATA_OCTETS) return { [PACKED]: text }
    const name = envelopeName(this.engine.tenant, content)
    await this.engine.blobs.put(name, sourceOf(octets))
    return { [ELSEWHERE]: name }
  }

  /** Throws where the object has none, or one of a format that this version does not know. */
  async of({ name, metadata }: BlobInfo): Promise<Envelope> {
    const packed = metadata[PACKED]
    const elsewhere = metadata[ELSEWHERE]
    const octets =
      packed !== undefined
        ? Buffer.from(packed, 'base64')
        : elsewhere !== undefined
          ? await readWhole(this.engine.blobs, elsewhere)
          : undefined
    if (octets === undefined) throw new Error(`${name} has no envelope`)
    const [format, envelope] = decodeCbor(octets) as [number, Envelope]
    if (format !== ENVELOPE_FORMAT) throw new Error(`${name} has an envelope of the unknown format ${format}`)
    return envelope
  }
}
