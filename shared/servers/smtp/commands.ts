import {
  parseAuth,
  parseBdat,
  parseDomain,
  parseMail,
  parseNoArguments,
  parseRcpt,
  parseString,
} from '../../codec/smtp/command.ts'
import { auth } from './auth.ts'
import { bdat } from './bdat.ts'
import { any, type CommandTable, endingWhenMalformed, greeted, inTransaction } from './command-table.ts'
import { data } from './data.ts'
import { ehlo } from './ehlo.ts'
import { helo } from './helo.ts'
import { help } from './help.ts'
import { mail } from './mail.ts'
import { noop } from './noop.ts'
import { obsolete } from './obsolete.ts'
import { quit } from './quit.ts'
import { rcpt } from './rcpt.ts'
import { rset } from './rset.ts'
import { starttls } from './starttls.ts'
import { vrfy } from './vrfy.ts'

/**
 * SMTP on one screen: which command when (RFC 5321 §4.1.4). What comes in another moment gets 503. The three phases of RFC 821: a
 * connection begins (220) and is greeted (EHLO, HELO, STARTTLS, AUTH); mail is transferred (MAIL, RCPT, DATA or BDAT, any number of times);
 * the connection is released (QUIT: 221; by us: 421).
 */
export const COMMANDS: CommandTable = {
  __proto__: null as never, // a client's word must not find what every object has
  // any time
  EHLO: any(parseDomain, ehlo),
  HELO: any(parseDomain, helo),
  RSET: any(parseNoArguments, rset),
  NOOP: any(parseString, noop),
  HELP: any(parseString, help),
  VRFY: any(parseString, vrfy),
  QUIT: any(parseNoArguments, quit),
  // checks its moment itself, as its octets come along at any time
  BDAT: endingWhenMalformed(any(parseBdat, bdat)),
  // of RFC 821, and gone (RFC 5321 appendix F); EXPN would hand out our users
  EXPN: any(parseString, obsolete),
  SEND: any(parseString, obsolete),
  SOML: any(parseString, obsolete),
  SAML: any(parseString, obsolete),
  TURN: any(parseString, obsolete),
  // once the client has introduced itself
  STARTTLS: greeted(parseNoArguments, starttls),
  AUTH: greeted(parseAuth, auth),
  MAIL: greeted(parseMail, mail),
  // between MAIL and the end of the message
  RCPT: inTransaction(parseRcpt, rcpt),
  DATA: inTransaction(parseNoArguments, data),
}
