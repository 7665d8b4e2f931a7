/** Addresses as people type and read them. */
import type { EmailAddress } from '../jmap/types.ts'

/** A list with commas, semicolons or line ends between, as it is pasted from anywhere; what holds no @ keeps its text as `email`. */
export function parseAddresses(text: string): EmailAddress[] {
  return pieces(text).map(parseAddress)
}

/** `Name <local@domain>`, `"Name, odd" <local@domain>`, or the address alone. */
export function parseAddress(text: string): EmailAddress {
  const open = text.lastIndexOf('<')
  if (open < 0) return { name: null, email: text.trim() }
  const close = text.indexOf('>', open)
  const name = unquoted(text.slice(0, open).trim())
  return { name: name || null, email: text.slice(open + 1, close < 0 ? undefined : close).trim() }
}

function pieces(text: string): string[] {
  const found: string[] = []
  let piece = ''
  let quoted = false
  let inAngles = false
  for (const character of text) {
    if (character === '"') quoted = !quoted
    else if (!quoted && character === '<') inAngles = true
    else if (!quoted && character === '>') inAngles = false
    if (!quoted && !inAngles && ',;\n\r'.includes(character)) {
      found.push(piece)
      piece = ''
    } else piece += character
  }
  return [...found, piece].map((each) => each.trim()).filter((each) => each !== '')
}

function unquoted(name: string): string {
  if (name.length < 2 || !name.startsWith('"') || !name.endsWith('"')) return name
  return name.slice(1, -1).replaceAll('\\"', '"').replaceAll('\\\\', '\\')
}

export function formatAddress({ name, email }: EmailAddress): string {
  if (!name) return email
  const odd = [...name].some((character) => '",;<>@()[]:\\'.includes(character))
  return `${odd ? `"${name.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"` : name} <${email}>`
}

export function formatAddresses(list: readonly EmailAddress[] | null | undefined): string {
  return (list ?? []).map(formatAddress).join(', ')
}

/** Whether it is worth sending to: the server has the last word. */
export function looksDeliverable(email: string): boolean {
  const at = email.lastIndexOf('@')
  return at > 0 && at < email.length - 1 && ![...email].some((character) => ' \t<>,;'.includes(character))
}

/** What a person is called in a list: the name, else the part before the @. */
export function shortName({ name, email }: EmailAddress): string {
  return name?.trim() || email.slice(0, email.lastIndexOf('@')) || email || 'Unknown'
}

export function sameAddress(one: EmailAddress, other: EmailAddress): boolean {
  return one.email.toLowerCase() === other.email.toLowerCase()
}

export function withoutRepeats(list: readonly EmailAddress[]): EmailAddress[] {
  return list.filter((each, at) => list.findIndex((other) => sameAddress(each, other)) === at)
}
