import { displayText } from '../../../codec/mime/encoded-word.ts'
import type { ImapAddress } from '../../../codec/mime/structure-types.ts'
import { ParseError } from '../../../codec/parse-error.ts'
import { formatAddress, parsePathAddress } from '../../../codec/smtp/address.ts'
import { parseEnvid, parseNotify, parseOrcpt, parseReturn } from '../../../codec/smtp/dsn.ts'
import type { StoredEnvelope } from '../../../flows/outgoing/send-stored-message.ts'
import type { Address } from '../../../mailbox/address.ts'
import type { SubmissionAddress } from '../../../store/submissions.ts'
import type { View } from '../../../store/views.ts'
import { isObject, parseUtcDate } from '../arguments.ts'
import { invalidProperties, SetError } from '../method.ts'
import { LONGEST_HOLD_SECONDS } from '../own/own-capabilities.ts'
import { readEmail } from './identity.ts'

/** The envelope of an EmailSubmission (RFC 8621 §7), as shown and as sent. */
export interface ReadEnvelope {
  mailFrom: Address
  rcptTo: readonly Address[]
  shown: { mailFrom: SubmissionAddress; rcptTo: SubmissionAddress[] }
  sent: Omit<StoredEnvelope, 'hostName'>
  /** When it is to go out at the earliest (RFC 4865), milliseconds since 1970. */
  holdUntil: number | undefined
}

type Parameters = Readonly<Record<string, string | null>>

/** Where the client gives none it is made of the message's header (§7.5). Throws SetError. */
export function readEnvelope(given: unknown, { envelope }: View, now: number): ReadEnvelope {
  if (given === undefined || given === null) {
    const sender = [...envelope.sender, ...envelope.from].find(({ host }) => host)
    if (sender === undefined) throw new SetError('invalidEmail', 'It says from nobody.', { properties: ['from'] })
    const recipients = [...envelope.to, ...envelope.cc, ...envelope.bcc].filter(({ host }) => host)
    return read(
      { email: textOf(sender), parameters: null },
      recipients.map((one) => ({ email: textOf(one), parameters: null })),
      now,
    )
  }
  if (!isObject(given)) throw invalidProperties('An envelope is an object.', 'envelope')
  const { mailFrom, rcptTo, ...more } = given
  if (Object.keys(more).length > 0) throw invalidProperties('An envelope is mailFrom and rcptTo.', 'envelope')
  if (!Array.isArray(rcptTo)) throw invalidProperties('rcptTo is to be a list.', 'envelope/rcptTo')
  return read(
    readAddress(mailFrom, 'envelope/mailFrom'),
    rcptTo.map((one) => readAddress(one, 'envelope/rcptTo')),
    now,
  )
}

function read(from: SubmissionAddress, to: readonly SubmissionAddress[], now: number): ReadEnvelope {
  const mailFrom = readEmail(from.email, 'envelope/mailFrom')
  const recipients = new Map<string, { address: Address; wishes: SubmissionAddress }>()
  const invalid: string[] = []
  for (const wishes of to) {
    try {
      const address = parsePathAddress(wishes.email) // as RCPT reads it: VERP's long senders are answered
      recipients.set(formatAddress(address), { address, wishes })
    } catch (error) {
      if (!(error instanceof ParseError)) throw error
      invalid.push(wishes.email)
    }
  }
  if (invalid.length > 0) throw new SetError('invalidRecipients', '', { invalidRecipients: invalid })
  const { holdUntil, ...wishes } = readMailParameters(from.parameters ?? {}, now)
  return {
    mailFrom,
    rcptTo: [...recipients.values()].map(({ address }) => address),
    shown: {
      mailFrom: { email: formatAddress(mailFrom), parameters: from.parameters },
      rcptTo: [...recipients].map(
        ([
          email,
          {
            wishes: { parameters },
          },
        ]) => ({ email, parameters }),
      ),
    },
    sent: {
      reversePath: formatAddress(mailFrom),
      recipients: [...recipients].map(
        ([
          address,
          {
            wishes: { parameters },
          },
        ]) => ({
          address,
          ...readRcptParameters(parameters ?? {}),
        }),
      ),
      ...wishes,
    },
    holdUntil,
  }
}

function readAddress(given: unknown, property: string): SubmissionAddress {
  if (!isObject(given)) throw invalidProperties('An address is an object.', property)
  const { email, parameters = null, ...more } = given
  const isMap = parameters === null || (isObject(parameters) && Object.values(parameters).every(isParameter))
  if (typeof email !== 'string' || !isMap || Object.keys(more).length > 0) {
    throw invalidProperties('An address is an email, and parameters.', property)
  }
  return { email, parameters: parameters as Parameters | null }
}

function isParameter(value: unknown): boolean {
  return value === null || (typeof value === 'string' && value.length <= 1000)
}

/** Of MAIL: what it says of the octets is found out of them. */
function readMailParameters(given: Parameters, now: number) {
  const property = 'envelope/mailFrom/parameters'
  const wishes: Pick<StoredEnvelope, 'ret' | 'envid'> & { holdUntil: number | undefined } = { holdUntil: undefined }
  for (const [name, value] of Object.entries(given)) {
    const keyword = name.toUpperCase()
    if (keyword === 'RET') wishes.ret = parsed(() => parseReturn(value ?? undefined), property)
    else if (keyword === 'ENVID') wishes.envid = parsed(() => parseEnvid(value ?? undefined), property)
    else if (keyword === 'HOLDFOR' || keyword === 'HOLDUNTIL') {
      if (wishes.holdUntil !== undefined)
        throw invalidProperties('HOLDFOR and HOLDUNTIL exclude one another.', property)
      wishes.holdUntil = keyword === 'HOLDFOR' ? holdFor(value, now, property) : holdUntil(value, now, property)
    } else if (!['SIZE', 'BODY', 'SMTPUTF8'].includes(keyword)) {
      throw invalidProperties(`MAIL has no parameter ${name.slice(0, 100)} here.`, property)
    }
  }
  return wishes
}

function holdFor(value: string | null, now: number, property: string): number {
  const seconds = value !== null && /^[0-9]{1,9}$/.test(value) ? Number(value) : Number.NaN
  if (!(seconds <= LONGEST_HOLD_SECONDS)) {
    throw invalidProperties(`HOLDFOR takes 0 to ${LONGEST_HOLD_SECONDS} seconds.`, property)
  }
  return now + seconds * 1000
}

function holdUntil(value: string | null, now: number, property: string): number {
  const time = parseUtcDate(value)
  if (time === undefined || time > now + LONGEST_HOLD_SECONDS * 1000) {
    throw invalidProperties('HOLDUNTIL takes a time like 2026-01-31T12:00:00Z, of the next 30 days.', property)
  }
  return time
}

function readRcptParameters(given: Parameters) {
  const property = 'envelope/rcptTo/parameters'
  const wishes: Pick<StoredEnvelope['recipients'][number], 'notify' | 'originalRecipient'> = {}
  for (const [name, value] of Object.entries(given)) {
    const keyword = name.toUpperCase()
    if (keyword === 'NOTIFY') wishes.notify = parsed(() => parseNotify(value ?? undefined), property)
    else if (keyword === 'ORCPT') wishes.originalRecipient = parsed(() => parseOrcpt(value ?? undefined), property)
    else throw invalidProperties(`RCPT has no parameter ${name.slice(0, 100)} here.`, property)
  }
  return wishes
}

function parsed<T>(parse: () => T, property: string): T {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof ParseError)) throw error
    throw invalidProperties(error.message, property)
  }
}

/** Of a header's address, whose octets may be UTF-8. */
function textOf({ mailbox, host }: ImapAddress): string {
  const [localPart, domain] = [displayText(mailbox ?? ''), displayText(host ?? '')]
  return formatAddress({ localPart, domain })
}
