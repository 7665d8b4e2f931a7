/** Header fields out of what JMAP clients give (RFC 8621 §4.6): the other way round of header-forms.ts. */
import { encodeWord, encodeWords } from 'nodemailer/lib/mime-funcs'
import { isObject } from '../arguments.ts'
import { invalidProperties } from '../method.ts'
import type { EmailAddress, HeaderForm, HeaderProperty } from './header-forms.ts'

const MOST_CHARACTERS = 200_000

/** The field's values, ready to be written after its colon: one, or with `:all` as many as are given. Throws SetError 'invalidProperties'. */
export function formatHeader({ property, form, all }: HeaderProperty, value: unknown): string[] {
  if (!all) return value === null ? [] : [formatValue(property, form, value)]
  if (!Array.isArray(value)) throw wrong(property)
  return value.map((one) => formatValue(property, form, one))
}

/** A date as RFC 5322 has it. */
export function formatDate(ms: number, offsetMinutes = 0): string {
  const local = new Date(ms + offsetMinutes * 60_000).toUTCString().replace(/ GMT$/, '')
  const minutes = Math.abs(offsetMinutes)
  const zone = String(Math.floor(minutes / 60) * 100 + (minutes % 60)).padStart(4, '0')
  return `${local} ${offsetMinutes < 0 ? '-' : '+'}${zone}`
}

function formatValue(property: string, form: HeaderForm, value: unknown): string {
  const formatted = formatForm(property, form, value)
  if (formatted.length > MOST_CHARACTERS) throw invalidProperties(`${property} is too long.`, property)
  return formatted
}

function formatForm(property: string, form: HeaderForm, value: unknown): string {
  switch (form) {
    case 'Raw':
      return rawText(property, value)
    case 'Text':
      return words(plainText(property, value))
    case 'Addresses':
      return listOf(property, value)
        .map((one) => formatAddress(property, one))
        .join(', ')
    case 'GroupedAddresses':
      return listOf(property, value)
        .map((one) => formatGroup(property, one))
        .join(', ')
    case 'MessageIds':
      return listOf(property, value)
        .map((one) => `<${token(property, one)}>`)
        .join(' ')
    case 'URLs':
      return listOf(property, value)
        .map((one) => `<${token(property, one)}>`)
        .join(', ')
    case 'Date':
      return formatDateTime(property, value)
  }
}

/** It goes out as it is: folded where its writer folded it, and with nothing that would begin another field. */
function rawText(property: string, value: unknown): string {
  if (typeof value !== 'string' || value.includes('\0') || /[\r\n]/.test(value.replace(/\r\n(?=[ \t])/g, ''))) {
    throw wrong(property)
  }
  return value.replace(/^ /, '')
}

function plainText(property: string, value: unknown): string {
  if (typeof value !== 'string' || hasControls(value)) throw wrong(property)
  return value
}

function words(text: string): string {
  return isAscii(text) && !text.includes('=?') ? text : encodeWords(text, 'Q', 52, true)
}

function formatGroup(property: string, value: unknown): string {
  if (!isObject(value)) throw wrong(property)
  const { name = null, addresses } = value
  const members = listOf(property, addresses)
    .map((one) => formatAddress(property, one))
    .join(', ')
  return name === null ? members : `${phrase(plainText(property, name))}: ${members};`
}

function formatAddress(property: string, value: unknown): string {
  if (!isObject(value)) throw wrong(property)
  const { name = null, email } = value as Partial<EmailAddress>
  if (typeof email !== 'string' || hasControls(email) || /[<>]/.test(email)) throw wrong(property)
  if (name === null || name === '') return /^[^\s"(),:;@[\\\]]+@[^\s"(),:;@[\\\]]+$/.test(email) ? email : `<${email}>`
  return `${phrase(plainText(property, name))} <${email}>`
}

/** A display name: as it is, in quotes, or as encoded words. */
function phrase(text: string): string {
  if (!isAscii(text) || text.includes('=?')) return encodeWord(text, 'Q', 52)
  return /^[\w !#$%&'*+\-/=?^`{|}~]+$/.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`
}

function token(property: string, value: unknown): string {
  if (typeof value !== 'string' || value === '' || hasControls(value) || /[<>\s]/.test(value)) throw wrong(property)
  return value
}

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|([+-])(\d\d):(\d\d))$/

function formatDateTime(property: string, value: unknown): string {
  const found = typeof value === 'string' ? DATE_TIME.exec(value) : null
  const time = found === null ? Number.NaN : Date.parse(value as string)
  if (found === null || Number.isNaN(time)) throw wrong(property)
  const minutes = found[1] === undefined ? 0 : Number(found[2]) * 60 + Number(found[3])
  return formatDate(time, found[1] === '-' ? -minutes : minutes)
}

function listOf(property: string, value: unknown): unknown[] {
  if (!Array.isArray(value)) throw wrong(property)
  return value
}

function hasControls(text: string): boolean {
  return /[\u0000-\u001f\u007f]/.test(text)
}

function isAscii(text: string): boolean {
  return !/[^\0-\x7f]/.test(text)
}

function wrong(property: string) {
  return invalidProperties(`${property} cannot be written into a header.`, property)
}
