import { formatOk } from '../../codec/pop3/response.ts'

/** NOOP (RFC 1939 §5). */
export function noop(): string {
  return formatOk('')
}
