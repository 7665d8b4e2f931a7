import type { ClientSettings } from './client-settings.ts'
import { xmlText } from './xml-text.ts'

/** Mozilla's `config-v1.1.xml` (wiki.mozilla.org/Thunderbird:Autoconfiguration:ConfigFileFormat), which K-9, Evolution and others read too. */
export function formatThunderbirdConfig({ domain, hostName, ports }: ClientSettings): string {
  const server = (direction: 'incoming' | 'outgoing', type: string, port: number, socket: 'SSL' | 'STARTTLS') =>
    `    <${direction}Server type="${type}">
      <hostname>${xmlText(hostName)}</hostname>
      <port>${port}</port>
      <socketType>${socket}</socketType>
      <authentication>password-cleartext</authentication>
      <username>%EMAILADDRESS%</username>
    </${direction}Server>
`
  return `<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1">
  <emailProvider id="${xmlText(domain)}">
    <domain>${xmlText(domain)}</domain>
    <displayName>${xmlText(domain)}</displayName>
    <displayShortName>${xmlText(domain)}</displayShortName>
${server('incoming', 'imap', ports.imaps, 'SSL')}${server('incoming', 'pop3', ports.pop3s, 'SSL')}${server('outgoing', 'smtp', ports.submissions, 'SSL')}${server('outgoing', 'smtp', ports.submission, 'STARTTLS')}  </emailProvider>
</clientConfig>
`
}
