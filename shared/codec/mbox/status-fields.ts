/**
 * Header fields in which programs that keep mail in mboxes write what became of a message. They are no part of it: read off when it leaves the file,
 * written when it comes in.
 */
const CR = 13
const LF = 10

export interface MboxStatus {
  /** IMAP's names. */
  flags: string[]
  /** Deleted and not yet taken out of the file (Thunderbird). */
  expunged: boolean
}

const STATUS_LETTERS: Readonly<Record<string, string>> = {
  R: '\\Seen',
  A: '\\Answered',
  F: '\\Flagged',
  T: '\\Draft',
  D: '\\Deleted',
}
/** Thunderbird's nsMsgMessageFlags. */
const MOZILLA_BITS: readonly (readonly [number, string])[] = [
  [0x0001, '\\Seen'],
  [0x0002, '\\Answered'],
  [0x0004, '\\Flagged'],
  [0x1000, '$Forwarded'],
]
const MOZILLA_EXPUNGED = 0x0008

type FieldReader = (value: string, status: MboxStatus) => void
const letters: FieldReader = (value, { flags }) => {
  for (const letter of value.trim()) if (STATUS_LETTERS[letter] !== undefined) flags.push(STATUS_LETTERS[letter]!)
}
const keywords: FieldReader = (value, { flags }) => {
  flags.push(...value.split(/[\s,]+/).filter((word) => word !== ''))
}
const nothing: FieldReader = () => undefined

const FIELDS: Readonly<Record<string, FieldReader>> = {
  status: letters,
  'x-status': letters,
  'x-keywords': keywords,
  'x-mozilla-keys': keywords,
  'x-mozilla-status': (value, status) => {
    const bits = Number.parseInt(value.trim(), 16)
    for (const [bit, flag] of MOZILLA_BITS) if (bits & bit) status.flags.push(flag)
    if (bits & MOZILLA_EXPUNGED) status.expunged = true
  },
  'x-mozilla-status2': nothing,
  'x-uid': nothing,
  'x-imap': nothing,
  'x-imapbase': nothing,
  'content-length': nothing,
}

/** Where the header of a message ends, behind its empty line; undefined where that has not come. Lines end in CR LF. */
export function headerLength(octets: Uint8Array): number | undefined {
  if (octets[0] === CR && octets[1] === LF) return 2
  const end = Buffer.from(octets.buffer, octets.byteOffset, octets.length).indexOf('\r\n\r\n')
  return end < 0 ? undefined : end + 4
}

/** The header without those fields, and what they said. */
export function takeStatusFields(header: Uint8Array): { header: Uint8Array; status: MboxStatus } {
  const status: MboxStatus = { flags: [], expunged: false }
  const lines = Buffer.from(header).toString('latin1').split('\r\n')
  const kept: string[] = []
  let reader: FieldReader | undefined
  for (const line of lines) {
    const continued = line.startsWith(' ') || line.startsWith('\t')
    if (!continued) {
      const name = line
        .slice(0, Math.max(0, line.indexOf(':')))
        .trim()
        .toLowerCase()
      reader = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined
    }
    if (reader === undefined) kept.push(line)
    else reader(continued ? line : line.slice(line.indexOf(':') + 1), status)
  }
  return { header: Buffer.from(kept.join('\r\n'), 'latin1'), status: { ...status, flags: [...new Set(status.flags)] } }
}

/** `Status`, `X-Status` and `X-Keywords` with the ends of their lines, as Dovecot and mutt read them. */
export function formatStatusFields(flags: readonly string[]): string {
  const has = (flag: string) => flags.includes(flag)
  const status = `${has('\\Seen') ? 'R' : ''}O`
  const further = [...'AFTD'].filter((letter) => has(STATUS_LETTERS[letter]!)).join('')
  const words = flags.filter((flag) => !flag.startsWith('\\')).join(' ')
  return `Status: ${status}\r\n${further && `X-Status: ${further}\r\n`}${words && `X-Keywords: ${words}\r\n`}`
}
