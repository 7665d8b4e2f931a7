import { formatErr } from '../../codec/pop3/response.ts'

/** For a number that no message has, and for one that is marked as deleted. Without a code: it is the client that is wrong. */
export function noSuchMessage(): string {
  return formatErr('no such message')
}
