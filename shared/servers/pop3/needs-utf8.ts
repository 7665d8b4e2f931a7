import { formatErr } from '../../codec/pop3/response.ts'

/** The client may come again after UTF8 (RFC 6856 §5). */
export function needsUtf8(): string {
  return formatErr('the header of this message is in UTF-8: say UTF8 before you sign in', 'UTF8')
}
