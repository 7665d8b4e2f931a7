/** Header fields as JMAP shows them (RFC 8621 §4.1.2, §4.1.3). */
import { parseAddressList } from '../../../codec/mime/address-list.ts'
import { displayText } from '../../../codec/mime/encoded-word.ts'
import { type HeaderField, parseHeader, unfold, unfoldedValue } from '../../../codec/mime/header.ts'
import { parseMessageIds } from '../../../codec/mime/message-ids.ts'
import type { ImapAddress } from '../../../codec/mime/structure-types.ts'
import { sentTime } from '../../imap/sent-time.ts'

export const HEADER_FORMS = ['Raw', 'Text', 'Addresses', 'GroupedAddresses', 'MessageIds', 'Date', 'URLs'] as const
export type HeaderForm = (typeof HEADER_FORMS)[number]

/** `header:Subject:asText:all`. */
export interface HeaderProperty {
  /** As the client wrote it: so it is answered. */
  property: string
  /** Lower case. */
  field: string
  form: HeaderForm
  all: boolean
}

export interface EmailAddress {
  name: string | null
  email: string
}

const ADDRESSES: readonly HeaderForm[] = ['Addresses', 'GroupedAddresses']
const TEXT: readonly HeaderForm[] = ['Text']
const MESSAGE_IDS: readonly HeaderForm[] = ['MessageIds']
const DATE: readonly HeaderForm[] = ['Date']
const URLS: readonly HeaderForm[] = ['URLs']

/** Fields of RFC 5322 and 2369 with the forms that make sense of them; any other field may be asked for in any form. */
const FORMS: Readonly<Record<string, readonly HeaderForm[]>> = {
  from: ADDRESSES,
  sender: ADDRESSES,
  'reply-to': ADDRESSES,
  to: ADDRESSES,
  cc: ADDRESSES,
  bcc: ADDRESSES,
  'resent-from': ADDRESSES,
  'resent-sender': ADDRESSES,
  'resent-reply-to': ADDRESSES,
  'resent-to': ADDRESSES,
  'resent-cc': ADDRESSES,
  'resent-bcc': ADDRESSES,
  subject: TEXT,
  comments: TEXT,
  keywords: TEXT,
  'list-id': TEXT,
  'message-id': MESSAGE_IDS,
  'in-reply-to': MESSAGE_IDS,
  references: MESSAGE_IDS,
  'resent-message-id': MESSAGE_IDS,
  date: DATE,
  'resent-date': DATE,
  'list-help': URLS,
  'list-unsubscribe': URLS,
  'list-subscribe': URLS,
  'list-post': URLS,
  'list-owner': URLS,
  'list-archive': URLS,
  received: [],
  'return-path': [],
}

export function mayTakeForm(field: string, form: HeaderForm): boolean {
  if (form === 'Raw') return true
  return Object.hasOwn(FORMS, field) ? FORMS[field]!.includes(form) : true
}

/** Undefined where it is no header property, or one of a form that its field does not have. */
export function parseHeaderProperty(property: string): HeaderProperty | undefined {
  const [kind, name = '', ...suffixes] = property.split(':')
  if (kind !== 'header' || name === '' || !/^[\x21-\x39\x3b-\x7e]+$/.test(name)) return undefined
  const all = suffixes.at(-1) === 'all'
  const [as = 'asRaw', ...more] = all ? suffixes.slice(0, -1) : suffixes
  const form = HEADER_FORMS.find((known) => `as${known}` === as)
  const field = name.toLowerCase()
  if (form === undefined || more.length > 0 || !mayTakeForm(field, form)) return undefined
  return { property, field, form, all }
}

/** The value of a header property in a header block: of the last field of that name, or of all of them. */
export function headerValue(
  block: Uint8Array,
  { field, form, all }: HeaderProperty,
  fields = parseHeader(block),
): unknown {
  const found = fields.filter(({ name }) => name.toLowerCase() === field)
  if (all) return found.map((one) => fieldValue(block, one, form))
  const last = found.at(-1)
  return last === undefined ? null : fieldValue(block, last, form)
}

/** `headers`: every field, raw. */
export function allHeaders(block: Uint8Array): { name: string; value: string }[] {
  return parseHeader(block).flatMap((field) =>
    field.name === '' ? [] : [{ name: field.name, value: rawValue(block, field) }],
  )
}

function fieldValue(block: Uint8Array, field: HeaderField, form: HeaderForm): unknown {
  if (form === 'Raw') return rawValue(block, field)
  const value = unfoldedValue(block, field)
  switch (form) {
    case 'Text':
      return textForm(value)
    case 'Addresses':
      return addressesForm(value)
    case 'GroupedAddresses':
      return groupedForm(value)
    case 'MessageIds':
      return listOrNull(parseMessageIds(value))
    case 'Date':
      return dateForm(value)
    case 'URLs':
      return urlsForm(value)
  }
}

/** Octets that are no UTF-8 become U+FFFD; NUL goes (RFC 8621 §4.1.2.1). */
function rawValue(block: Uint8Array, { valueOffset, valueLength }: HeaderField): string {
  const octets = block.subarray(valueOffset, valueOffset + valueLength)
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('utf8').replaceAll('\0', '')
}

const CONTROLS = /[\x00-\x08\x0a-\x1f\x7f]/g

function textForm(value: string): string {
  return displayText(value).replace(CONTROLS, '').replace(/^ +/, '').normalize('NFC')
}

export function addressesForm(value: string): EmailAddress[] {
  return parseAddressList(value).flatMap((address) => (isMarker(address) ? [] : [addressOf(address)]))
}

function groupedForm(value: string): { name: string | null; addresses: EmailAddress[] }[] {
  const groups: { name: string | null; addresses: EmailAddress[]; open: boolean }[] = []
  for (const address of parseAddressList(value)) {
    const last = groups.at(-1)
    if (!isMarker(address)) {
      if (last?.open) last.addresses.push(addressOf(address))
      else groups.push({ name: null, addresses: [addressOf(address)], open: true })
    } else if (address.mailbox !== null) groups.push({ name: nameText(address.mailbox), addresses: [], open: true })
    else if (last !== undefined) last.open = false
  }
  return groups.map(({ name, addresses }) => ({ name, addresses }))
}

/** The beginning or the end of a group. */
function isMarker({ host }: ImapAddress): boolean {
  return host === null
}

export function addressOf({ name, mailbox, host }: ImapAddress): EmailAddress {
  const local = utf8(mailbox ?? '')
  return { name: name === null ? null : nameText(name), email: host ? `${local}@${utf8(host)}` : local }
}

function nameText(name: string): string | null {
  return textForm(unfold(name)).trim() || null
}

function utf8(binary: string): string {
  return Buffer.from(binary, 'latin1').toString('utf8')
}

/** A Date (RFC 8620 §1.4) in the zone that its sender wrote. */
export function dateForm(value: string): string | null {
  const time = sentTime(value)
  if (time === undefined) return null
  const zone = /([+-])(\d{2})(\d{2})(?:\s|\(|$)/.exec(value)
  const minutes = zone === null ? 0 : (zone[1] === '-' ? -1 : 1) * (Number(zone[2]) * 60 + Number(zone[3]))
  if (minutes === 0) return formatLocal(time, 'Z')
  if (Math.abs(minutes) >= 24 * 60) return formatLocal(time, 'Z')
  return formatLocal(time + minutes * 60_000, `${zone![1]}${zone![2]}:${zone![3]}`)
}

function formatLocal(time: number, zone: string): string | null {
  const date = new Date(time)
  const year = date.getUTCFullYear()
  return year >= 0 && year <= 9999 ? `${date.toISOString().slice(0, 19)}${zone}` : null
}

/** URLs between angle brackets, comments aside (RFC 2369 §2). */
function urlsForm(value: string): string[] | null {
  const urls: string[] = []
  let depth = 0
  for (let at = 0; at < value.length; at += 1) {
    const char = value[at]
    if (char === '(') depth += 1
    else if (char === ')' && depth > 0) depth -= 1
    else if (char === '<' && depth === 0) {
      const end = value.indexOf('>', at)
      if (end < 0) break
      const url = value.slice(at + 1, end).replace(/[ \t]/g, '')
      if (url !== '') urls.push(utf8(url))
      at = end
    }
  }
  return listOrNull(urls)
}

function listOrNull(list: string[]): string[] | null {
  return list.length > 0 ? list : null
}
