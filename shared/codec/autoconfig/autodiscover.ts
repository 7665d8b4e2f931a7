/** Outlook's Autodiscover by plain XML ([MS-OXDSCLI] §2.2.3 and §2.2.4). */
import { Parser } from 'htmlparser2'
import type { ClientSettings } from './client-settings.ts'
import { xmlText } from './xml-text.ts'

const RESPONSE = 'http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006'
/** The one schema that tells of IMAP, POP3 and SMTP. */
export const OUTLOOK_SCHEMA = 'http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a'
const MAX_VALUE = 1000

export interface AutodiscoverRequest {
  address: string | undefined
  /** Of the answer that is wanted. */
  schema: string | undefined
}

/** Whatever the octets are there is an answer; entities that a document declares are not expanded, as the parser knows none but XML's own. */
export function parseAutodiscoverRequest(text: string): AutodiscoverRequest {
  const found = new Map<string, string>()
  let open: string | undefined
  const parser = new Parser(
    {
      onopentag(name) {
        const local = name.slice(name.indexOf(':') + 1).toLowerCase()
        open = found.has(local) ? undefined : local
      },
      ontext(data) {
        if (open === undefined) return
        const value = (found.get(open) ?? '') + data
        if (value.length <= MAX_VALUE) found.set(open, value)
      },
      onclosetag() {
        open = undefined
      },
    },
    { xmlMode: true, decodeEntities: true },
  )
  parser.end(text)
  return { address: trimmed(found.get('emailaddress')), schema: trimmed(found.get('acceptableresponseschema')) }
}

function trimmed(text: string | undefined): string | undefined {
  const value = text?.trim()
  return value === '' ? undefined : value
}

export function formatAutodiscover({ address = '', hostName, ports }: ClientSettings): string {
  const protocol = (type: string, port: number, more = '') => `      <Protocol>
        <Type>${type}</Type>
        <Server>${xmlText(hostName)}</Server>
        <Port>${port}</Port>
        <DomainRequired>off</DomainRequired>
        <LoginName>${xmlText(address)}</LoginName>
        <SPA>off</SPA>
        <SSL>on</SSL>
        <AuthRequired>on</AuthRequired>
${more}      </Protocol>
`
  return document(
    ` xmlns="${OUTLOOK_SCHEMA}"`,
    `    <User>
      <DisplayName>${xmlText(address)}</DisplayName>
    </User>
    <Account>
      <AccountType>email</AccountType>
      <Action>settings</Action>
${protocol('IMAP', ports.imaps)}${protocol('POP3', ports.pop3s)}${protocol('SMTP', ports.submissions, '        <UsePOPAuth>on</UsePOPAuth>\n        <SMTPLast>off</SMTPLast>\n')}    </Account>
`,
  )
}

/** 600: the request is none; 601: that is not to be had here. */
export function formatAutodiscoverError(code: 600 | 601): string {
  const message = code === 600 ? 'Invalid Request' : 'Provider is not available'
  return document(
    '',
    `    <Error Time="00:00:00.0000000" Id="0">
      <ErrorCode>${code}</ErrorCode>
      <Message>${message}</Message>
      <DebugData />
    </Error>
`,
  )
}

function document(namespace: string, content: string): string {
  return `<?xml version="1.0" encoding="utf-8"?>
<Autodiscover xmlns="${RESPONSE}">
  <Response${namespace}>
${content}  </Response>
</Autodiscover>
`
}
