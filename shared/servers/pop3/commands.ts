import {
  authArguments,
  languageRange,
  messageNumber,
  noArguments,
  optionalMessageNumber,
  password,
  topArguments,
  userName,
} from '../../codec/pop3/arguments.ts'
import { auth } from './auth.ts'
import { capa } from './capa.ts'
import { any, authorization, type CommandTable, transaction } from './command-table.ts'
import { dele } from './dele.ts'
import { lang } from './lang.ts'
import { list } from './list.ts'
import { noop } from './noop.ts'
import { pass } from './pass.ts'
import { quit } from './quit.ts'
import { retr } from './retr.ts'
import { rset } from './rset.ts'
import { stat } from './stat.ts'
import { stls } from './stls.ts'
import { top } from './top.ts'
import { uidl } from './uidl.ts'
import { user } from './user.ts'
import { utf8 } from './utf8.ts'

/** The protocol on one screen. APOP is not here: it needs passwords in clear text where they are kept. */
export const COMMANDS: CommandTable = {
  // any state (RFC 1939 §4, §6; RFC 2449 §5; RFC 6856 §3)
  CAPA: any(noArguments, capa),
  LANG: any(languageRange, lang),
  QUIT: any(noArguments, quit),
  // AUTHORIZATION (RFC 1939 §7; RFC 2595 §4; RFC 5034 §4; RFC 6856 §2.1)
  USER: authorization(userName, user),
  PASS: authorization(password, pass),
  AUTH: authorization(authArguments, auth),
  STLS: authorization(noArguments, stls),
  UTF8: authorization(noArguments, utf8),
  // TRANSACTION (RFC 1939 §5, §7)
  STAT: transaction(noArguments, stat),
  LIST: transaction(optionalMessageNumber, list),
  UIDL: transaction(optionalMessageNumber, uidl),
  RETR: transaction(messageNumber, retr),
  TOP: transaction(topArguments, top),
  DELE: transaction(messageNumber, dele),
  NOOP: transaction(noArguments, noop),
  RSET: transaction(noArguments, rset),
}
