import { createHash } from 'node:crypto'
import type { ClientSettings } from './client-settings.ts'
import { xmlText } from './xml-text.ts'

type Plist = string | number | boolean | readonly Plist[] | { readonly [key: string]: Plist }

/** Apple's configuration profile with one mail account; installed again, it takes its own place. The password is asked for on the device. */
export function formatMobileconfig({ address = '', domain, hostName, ports }: ClientSettings): string {
  const identifier = `${domain.split('.').reverse().join('.')}.tubepost.${uuidOf(address)}`
  const server = (direction: 'Incoming' | 'Outgoing', port: number) => ({
    [`${direction}MailServerAuthentication`]: 'EmailAuthPassword',
    [`${direction}MailServerHostName`]: hostName,
    [`${direction}MailServerPortNumber`]: port,
    [`${direction}MailServerUseSSL`]: true,
    [`${direction}MailServerUsername`]: address,
  })
  const account = {
    EmailAccountDescription: address,
    EmailAccountType: 'EmailTypeIMAP',
    EmailAddress: address,
    ...server('Incoming', ports.imaps),
    ...server('Outgoing', ports.submissions),
    OutgoingPasswordSameAsIncomingPassword: true,
    PayloadDisplayName: address,
    PayloadIdentifier: `${identifier}.mail`,
    PayloadType: 'com.apple.mail.managed',
    PayloadUUID: uuidOf(`${address} mail`),
    PayloadVersion: 1,
  }
  const profile = {
    PayloadContent: [account],
    PayloadDescription: `Mail for ${address}`,
    PayloadDisplayName: domain,
    PayloadIdentifier: identifier,
    PayloadOrganization: domain,
    PayloadRemovalDisallowed: false,
    PayloadType: 'Configuration',
    PayloadUUID: uuidOf(`${address} profile`),
    PayloadVersion: 1,
  }
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
${plist(profile)}
</plist>
`
}

function plist(value: Plist): string {
  if (typeof value === 'string') return `<string>${xmlText(value)}</string>`
  if (typeof value === 'number') return `<integer>${value}</integer>`
  if (typeof value === 'boolean') return value ? '<true/>' : '<false/>'
  if (Array.isArray(value)) return `<array>\n${value.map(plist).join('\n')}\n</array>`
  const entries = Object.entries(value).map(([key, inner]) => `<key>${xmlText(key)}</key>\n${plist(inner)}`)
  return `<dict>\n${entries.join('\n')}\n</dict>`
}

/** The same for the same name (RFC 9562 §5.8). */
function uuidOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex')
  const variant = ((Number.parseInt(hex[16]!, 16) & 3) | 8).toString(16)
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, variant + hex.slice(17, 20), hex.slice(20, 32)]
    .join('-')
    .toUpperCase()
}
