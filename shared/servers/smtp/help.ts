import { type Reply, reply } from '../../codec/smtp/reply.ts'
import type { Session } from './session.ts'

/** What follows each command. */
const USES: Readonly<Record<string, string>> = {
  __proto__: null as never, // a client's word must not find what every object has
  EHLO: 'EHLO domain',
  HELO: 'HELO domain',
  MAIL: 'MAIL FROM:<reverse-path> [SIZE=octets] [BODY=7BIT|8BITMIME|BINARYMIME] [SMTPUTF8] [RET=FULL|HDRS] [ENVID=id]',
  RCPT: 'RCPT TO:<forward-path> [NOTIFY=NEVER|SUCCESS,FAILURE,DELAY] [ORCPT=type;address]',
  DATA: 'DATA, then the message, then a line with a dot alone',
  BDAT: 'BDAT octets [LAST], then so many octets',
  RSET: 'RSET forgets the transaction',
  NOOP: 'NOOP [anything]',
  VRFY: 'VRFY user',
  HELP: 'HELP [command]',
  AUTH: 'AUTH mechanism [initial-response], where mail is submitted',
  STARTTLS: 'STARTTLS',
  QUIT: 'QUIT',
}
const COMMANDS = reply(211, '2.0.0', Object.keys(USES).join(' '), 'HELP and one of them says more; see RFC 5321')
const UNKNOWN = reply(504, '5.5.4', 'There is no help on that')

/** HELP (RFC 5321 §4.1.1.8): what there is (211, "system help reply"), or how one command is used (214); 504 for what is none (§4.3.2). */
export function help(_session: Session, command: string): Reply {
  if (command === '') return COMMANDS
  const use = USES[command.toUpperCase()]
  return use === undefined ? UNKNOWN : reply(214, '2.0.0', use)
}
