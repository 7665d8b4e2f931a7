import { bool, listOf, optional, text, unsigned, withDefault } from '../arguments.ts'
import { type Call, invalidArguments, MethodError } from '../method.ts'
import { type HeaderProperty, parseHeaderProperty } from './header-forms.ts'

/** What stands for a header property under a name of its own (RFC 8621 §4.1.3). */
export const HEADER_SHORTHANDS: Readonly<Record<string, string>> = {
  messageId: 'header:Message-ID:asMessageIds',
  inReplyTo: 'header:In-Reply-To:asMessageIds',
  references: 'header:References:asMessageIds',
  sender: 'header:Sender:asAddresses',
  from: 'header:From:asAddresses',
  to: 'header:To:asAddresses',
  cc: 'header:Cc:asAddresses',
  bcc: 'header:Bcc:asAddresses',
  replyTo: 'header:Reply-To:asAddresses',
  subject: 'header:Subject:asText',
  sentAt: 'header:Date:asDate',
}

const METADATA = ['id', 'blobId', 'threadId', 'mailboxIds', 'keywords', 'size', 'receivedAt']
const BODY = ['bodyStructure', 'bodyValues', 'textBody', 'htmlBody', 'attachments', 'hasAttachment', 'preview']
const KNOWN = new Set([...METADATA, ...Object.keys(HEADER_SHORTHANDS), ...BODY, 'headers'])

/** What Email/get answers where nobody says what (RFC 8621 §4.2). */
export const DEFAULT_PROPERTIES = [
  ...METADATA,
  ...Object.keys(HEADER_SHORTHANDS),
  'hasAttachment',
  'preview',
  'bodyValues',
  'textBody',
  'htmlBody',
  'attachments',
]
/** And Email/parse (§4.9). */
export const DEFAULT_PARSE_PROPERTIES = DEFAULT_PROPERTIES.filter((name) => !METADATA.includes(name))

/** Of a part, in Email/get where nobody says what. */
export const DEFAULT_PART_PROPERTIES = [
  'partId',
  'blobId',
  'size',
  'name',
  'type',
  'charset',
  'disposition',
  'cid',
  'language',
  'location',
]
const PART_PROPERTIES = new Set([...DEFAULT_PART_PROPERTIES, 'headers', 'subParts'])

/** For `readArguments`. */
export const BODY_ARGS = {
  bodyProperties: optional(listOf(text)),
  fetchTextBodyValues: withDefault(bool, false),
  fetchHTMLBodyValues: withDefault(bool, false),
  fetchAllBodyValues: withDefault(bool, false),
  maxBodyValueBytes: withDefault(unsigned, 0),
}

/** What is to be said of each Email. */
export interface EmailPlan {
  /** Without those that are header fields. */
  properties: ReadonlySet<string>
  /** Header properties by the name under which they are answered. */
  headers: readonly (HeaderProperty & { as: string })[]
  part: PartPlan
  /** What may still be said in the answers to this request, of all their Emails together. */
  room: Room
  values: { text: boolean; html: boolean; all: boolean; maxOctets: number }
}

/** Of one list of properties: each header field is looked for in every message and part. */
const MOST_PROPERTIES = 300

/** Of body values, headers and structures in the answers to one request: memory is everybody's. */
const MOST_ANSWER_OCTETS = 32 * 1024 * 1024

export class Room {
  private left: number

  constructor(octets: number) {
    this.left = octets
  }

  get isFull(): boolean {
    return this.left <= 0
  }

  take(octets: number): void {
    this.left -= octets
  }

  /** For what cannot be cut. Throws MethodError 'requestTooLarge' where there was no room. */
  need(octets: number): void {
    if (this.isFull) throw new MethodError('requestTooLarge', 'Ask for fewer at once.')
    this.take(octets)
  }
}

const ROOMS = new WeakMap<Call, Room>()

/** What all method calls of a request share. */
function roomOf(call: Call): Room {
  const room = ROOMS.get(call) ?? new Room(MOST_ANSWER_OCTETS)
  ROOMS.set(call, room)
  return room
}

export interface PartPlan {
  properties: readonly string[]
  headers: readonly HeaderProperty[]
}

interface BodyArgs {
  bodyProperties: string[] | undefined
  fetchTextBodyValues: boolean
  fetchHTMLBodyValues: boolean
  fetchAllBodyValues: boolean
  maxBodyValueBytes: number
}

/** Throws MethodError 'invalidArguments' for a property that there is not, or a form that its field does not have. */
export function planEmail(call: Call, given: readonly string[], args: BodyArgs): EmailPlan {
  const names = distinct(given)
  const properties = new Set<string>()
  const headers: (HeaderProperty & { as: string })[] = []
  for (const name of names) {
    const header = parseHeaderProperty(Object.hasOwn(HEADER_SHORTHANDS, name) ? HEADER_SHORTHANDS[name]! : name)
    if (header !== undefined) headers.push({ ...header, as: name })
    else if (KNOWN.has(name)) properties.add(name)
    else throw invalidArguments(`There is no property ${name.slice(0, 100)}.`, 'properties')
  }
  return {
    properties,
    headers,
    part: planPart(args.bodyProperties ?? DEFAULT_PART_PROPERTIES),
    room: roomOf(call),
    values: {
      text: args.fetchTextBodyValues,
      html: args.fetchHTMLBodyValues,
      all: args.fetchAllBodyValues,
      maxOctets: args.maxBodyValueBytes,
    },
  }
}

function distinct(names: readonly string[]): string[] {
  const all = [...new Set(names)]
  if (all.length <= MOST_PROPERTIES) return all
  throw new MethodError('requestTooLarge', `At most ${MOST_PROPERTIES} properties at once.`)
}

function planPart(given: readonly string[]): PartPlan {
  const names = distinct(given)
  const headers: HeaderProperty[] = []
  for (const name of names) {
    const header = parseHeaderProperty(name)
    if (header !== undefined) headers.push(header)
    else if (!PART_PROPERTIES.has(name)) {
      throw invalidArguments(`Parts have no property ${name.slice(0, 100)}.`, 'bodyProperties')
    }
  }
  return { properties: names.filter((name) => PART_PROPERTIES.has(name)), headers }
}
