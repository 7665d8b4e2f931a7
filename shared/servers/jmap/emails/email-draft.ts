/** An Email object to be created, checked and laid out as parts (RFC 8621 §4.6). */
import { isObject, parseUtcDate } from '../arguments.ts'
import { type Blob, openBlob } from '../blobs.ts'
import { type Call, invalidProperties, SetError } from '../method.ts'
import { readKeywords, readMailboxIds } from './email-placement.ts'
import { DEFAULT_PART_PROPERTIES, HEADER_SHORTHANDS } from './email-properties.ts'
import { formatHeader } from './format-header.ts'
import { type HeaderProperty, parseHeaderProperty } from './header-forms.ts'

/** A part to be written: a multipart, or a leaf with its text or its octets. */
export interface DraftPart {
  type: string
  charset?: string
  headers: readonly { name: string; value: string }[]
  name?: string
  disposition?: string
  cid?: string
  language?: string
  location?: string
  children?: DraftPart[]
  text?: string
  blob?: Blob
}

export interface Draft {
  mailboxIds: readonly string[]
  keywords: readonly string[]
  receivedAt: number | undefined
  headers: readonly { name: string; value: string }[]
  body: DraftPart
}

const MOST_PARTS = 1000
const MOST_LEVELS = 50
/** Of header fields of the message and all its parts. */
const MOST_FIELDS = 1000
const TYPE = /^[a-z0-9!#$&^_.+-]{1,100}\/[a-z0-9!#$&^_.+-]{1,100}$/
const PART_PROPERTIES = new Set([...DEFAULT_PART_PROPERTIES, 'subParts'])
const BODY_PROPERTIES = ['bodyStructure', 'bodyValues', 'textBody', 'htmlBody', 'attachments']
const OWN_PROPERTIES = ['mailboxIds', 'keywords', 'receivedAt']

/** Throws SetError 'invalidProperties', 'blobNotFound'. */
export async function readDraft(call: Call, given: Record<string, unknown>): Promise<Draft> {
  const headers: { name: string; value: string }[] = []
  const fields = new Set<string>()
  for (const [property, value] of Object.entries(given)) {
    if (OWN_PROPERTIES.includes(property) || BODY_PROPERTIES.includes(property)) continue
    const header = headerProperty(property)
    if (header === undefined) throw invalidProperties(`${property.slice(0, 100)} is not the client's to set.`, property)
    if (fields.has(header.field)) throw invalidProperties('A header field is given twice.', property)
    if (header.field.startsWith('content-')) throw invalidProperties('That belongs to a part.', property)
    fields.add(header.field)
    for (const one of formatHeader(header, value)) headers.push({ name: fieldName(property), value: one })
    if (headers.length > MOST_FIELDS) throw invalidProperties('There are too many header fields.', property)
  }
  const reader = new PartReader(given['bodyValues'], fields)
  const body = reader.read(given)
  await reader.openBlobs(call)
  return {
    mailboxIds: readMailboxIds(call, given['mailboxIds']),
    keywords: given['keywords'] === undefined ? [] : readKeywords(given['keywords']),
    receivedAt: readReceivedAt(given['receivedAt']),
    headers,
    body,
  }
}

function headerProperty(property: string): HeaderProperty | undefined {
  if (!Object.hasOwn(HEADER_SHORTHANDS, property)) return parseHeaderProperty(property)
  return { ...parseHeaderProperty(HEADER_SHORTHANDS[property]!)!, property }
}

/** As the client spells it. */
function fieldName(property: string): string {
  const full = Object.hasOwn(HEADER_SHORTHANDS, property) ? HEADER_SHORTHANDS[property]! : property
  return full.split(':')[1]!
}

function readReceivedAt(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined
  const time = parseUtcDate(value)
  if (time === undefined) throw invalidProperties('receivedAt is a time like 2026-01-31T12:00:00Z.', 'receivedAt')
  return time
}

class PartReader {
  readonly #values: Record<string, unknown>
  readonly #headers: ReadonlySet<string>
  readonly #blobs: { id: string; part: DraftPart }[] = []
  #parts = 0
  #fields = 0

  constructor(values: unknown, headers: ReadonlySet<string>) {
    if (values !== undefined && values !== null && !isObject(values)) {
      throw invalidProperties('bodyValues is a map.', 'bodyValues')
    }
    this.#values = values ?? {}
    this.#headers = headers
  }

  read(given: Record<string, unknown>): DraftPart {
    const { bodyStructure, textBody, htmlBody, attachments } = given
    if (bodyStructure !== undefined && bodyStructure !== null) {
      if ([textBody, htmlBody, attachments].some((one) => one !== undefined && one !== null)) {
        throw invalidProperties('Either bodyStructure or bodies and attachments are given.', 'bodyStructure')
      }
      return this.#part(bodyStructure, 'bodyStructure', 'text/plain', true)
    }
    const text = this.#body(textBody, 'textBody', 'text/plain')
    const html = this.#body(htmlBody, 'htmlBody', 'text/html')
    if (attachments !== undefined && attachments !== null && !Array.isArray(attachments)) {
      throw invalidProperties('attachments is a list.', 'attachments')
    }
    const attached = (attachments ?? []).map((one) => {
      const part = this.#part(one, 'attachments', 'application/octet-stream')
      part.disposition ??= 'attachment'
      return part
    })
    // What the HTML shows by its Content-ID belongs beside it (RFC 2387).
    const shown =
      html === undefined ? [] : attached.filter(({ cid, disposition }) => cid !== undefined && disposition === 'inline')
    const related = html === undefined || shown.length === 0 ? html : multipart('related', [html, ...shown])
    const bodies = [text, related].filter((part) => part !== undefined)
    const body = bodies.length === 2 ? multipart('alternative', bodies) : (bodies[0] ?? emptyText())
    const others = attached.filter((part) => !shown.includes(part))
    return others.length === 0 ? body : multipart('mixed', [body, ...others])
  }

  /** Throws SetError 'blobNotFound' where some are missing. */
  async openBlobs(call: Call): Promise<void> {
    const missing = new Set<string>()
    for (const { id, part } of this.#blobs) {
      const blob = await openBlob(call, id)
      if (blob === undefined) missing.add(id)
      else part.blob = blob
    }
    if (missing.size > 0) throw new SetError('blobNotFound', '', { notFound: [...missing] })
  }

  /** The one part of `textBody` or `htmlBody`. */
  #body(value: unknown, property: string, type: string): DraftPart | undefined {
    if (value === undefined || value === null) return undefined
    if (!Array.isArray(value) || value.length !== 1) throw invalidProperties(`${property} is one part.`, property)
    const part = this.#part(value[0], property, type)
    if (part.type !== type) throw invalidProperties(`${property} is of the type ${type}.`, property)
    return part
  }

  #part(value: unknown, property: string, defaultType: string, root = false, level = 0): DraftPart {
    this.#parts += 1
    if (!isObject(value) || this.#parts > MOST_PARTS || level > MOST_LEVELS) {
      throw invalidProperties(`${property} has too many parts, or one that is none.`, property)
    }
    const bad = (name: string) =>
      invalidProperties(`${name.slice(0, 100)} of a part cannot be used.`, `${property}/${name}`)
    const text = (name: string): string | undefined => {
      const one = value[name]
      if (one === undefined || one === null) return undefined
      if (typeof one !== 'string' || /[\u0000-\u001f\u007f]/.test(one)) throw bad(name)
      return one
    }
    const headers: { name: string; value: string }[] = []
    const fields = new Set<string>()
    for (const [name, one] of Object.entries(value)) {
      if (PART_PROPERTIES.has(name)) continue
      const header = parseHeaderProperty(name)
      const given =
        header && (GIVEN_BY[header.field] ?? []).some((other) => value[other] !== undefined && value[other] !== null)
      const twice = header && (fields.has(header.field) || (root && this.#headers.has(header.field)))
      if (header === undefined || given || twice || header.field === 'content-transfer-encoding') throw bad(name)
      fields.add(header.field)
      for (const formatted of formatHeader(header, one)) {
        this.#fields += 1
        headers.push({ name: fieldName(name), value: formatted })
      }
      if (this.#fields > MOST_FIELDS) throw invalidProperties('There are too many header fields.', property)
    }
    const children = value['subParts']
    const type = (text('type') ?? (children ? 'multipart/mixed' : defaultType)).toLowerCase()
    if (!TYPE.test(type)) throw bad('type')
    const common: DraftPart = { type, headers }
    for (const name of ['name', 'disposition', 'cid', 'location'] as const) {
      const one = text(name)
      if (one !== undefined) common[name] = one
    }
    if (common.disposition !== undefined && !/^[A-Za-z0-9_-]{1,60}$/.test(common.disposition)) throw bad('disposition')
    if (common.cid !== undefined && /[<>\s]/.test(common.cid)) throw bad('cid')
    const language = value['language']
    if (language !== undefined && language !== null) {
      if (
        !Array.isArray(language) ||
        !language.every((tag) => typeof tag === 'string' && /^[A-Za-z0-9-]{1,60}$/.test(tag))
      )
        throw bad('language')
      common.language = language.join(', ')
    }
    if (type.startsWith('multipart/')) {
      if (!Array.isArray(children) || children.length === 0 || value['partId'] != null || value['blobId'] != null)
        throw bad('subParts')
      return {
        ...common,
        children: children.map((child) => this.#part(child, property, 'text/plain', false, level + 1)),
      }
    }
    if (children !== undefined && children !== null) throw bad('subParts')
    return this.#leaf(value, common, bad, text('charset'))
  }

  #leaf(
    value: Record<string, unknown>,
    part: DraftPart,
    bad: (name: string) => SetError,
    charset: string | undefined,
  ): DraftPart {
    const { partId, blobId } = value
    const byPart = partId !== undefined && partId !== null
    const byBlob = blobId !== undefined && blobId !== null
    if (byPart === byBlob) throw bad(byPart ? 'blobId' : 'partId')
    if (byBlob) {
      if (typeof blobId !== 'string') throw bad('blobId')
      const leaf: DraftPart = { ...part, ...(charset !== undefined && { charset }) }
      this.#blobs.push({ id: blobId, part: leaf })
      return leaf
    }
    if (charset !== undefined) throw bad('charset')
    if (value['size'] !== undefined && value['size'] !== null) throw bad('size')
    const given = typeof partId === 'string' && Object.hasOwn(this.#values, partId) ? this.#values[partId] : undefined
    if (!isObject(given) || typeof given['value'] !== 'string') throw bad('partId')
    if (given['isEncodingProblem'] || given['isTruncated'])
      throw invalidProperties('A value is given whole.', 'bodyValues')
    return { ...part, text: given['value'] }
  }
}

/** Which properties of a part say what a header field says. */
const GIVEN_BY: Readonly<Record<string, readonly string[]>> = {
  'content-type': ['type', 'charset', 'name'],
  'content-disposition': ['disposition', 'name'],
  'content-id': ['cid'],
  'content-language': ['language'],
  'content-location': ['location'],
}

function multipart(subtype: string, children: DraftPart[]): DraftPart {
  return { type: `multipart/${subtype}`, headers: [], children }
}

function emptyText(): DraftPart {
  return { type: 'text/plain', headers: [], text: '' }
}
