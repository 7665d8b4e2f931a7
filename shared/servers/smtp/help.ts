import { type Reply, reply } from '../../codec/smtp/reply.ts'

const HELP = reply(214, '2.0.0', 'EHLO HELO MAIL RCPT DATA BDAT RSET NOOP VRFY HELP AUTH STARTTLS QUIT', 'See RFC 5321')

/** HELP (RFC 5321 §4.1.1.8). */
export function help(): Reply {
  return HELP
}
