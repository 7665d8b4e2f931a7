/** The protocol on one screen. A handler in a row for the wrong state does not compile. */
import { parseAppend, parseReplace } from '../../codec/imap/append.ts'
import { parseAuthenticate } from '../../codec/imap/authenticate.ts'
import { parseNoArgs } from '../../codec/imap/command.ts'
import { parseCopy, parseUidExpunge } from '../../codec/imap/copy.ts'
import { parseCompress, parseEnable } from '../../codec/imap/enable.ts'
import { parseFetch } from '../../codec/imap/fetch.ts'
import { parseId } from '../../codec/imap/id.ts'
import { parseList, parseLsub } from '../../codec/imap/list.ts'
import { parseLogin } from '../../codec/imap/login.ts'
import { parseCreate, parseMailbox, parseRename } from '../../codec/imap/mailbox-commands.ts'
import { parseGetQuota, parseSetQuota } from '../../codec/imap/quota.ts'
import { parseSearch } from '../../codec/imap/search.ts'
import { parseSelect } from '../../codec/imap/select.ts'
import { parseSort } from '../../codec/imap/sort.ts'
import { parseStatus } from '../../codec/imap/status.ts'
import { parseStore } from '../../codec/imap/store.ts'
import { parseThread } from '../../codec/imap/thread.ts'
import { append } from './append.ts'
import { authenticate } from './authenticate.ts'
import { capability } from './capability.ts'
import { close, unselect } from './close.ts'
import {
  any,
  authenticated,
  type CommandTable,
  selected,
  selectedWithMessage,
  uid,
  unauthenticated,
  withMessage,
} from './command-table.ts'
import { compress } from './compress.ts'
import { copy, move } from './copy.ts'
import { create } from './create.ts'
import { deleteMailbox } from './delete.ts'
import { enable } from './enable.ts'
import { expunge, uidExpunge } from './expunge.ts'
import { fetch } from './fetch.ts'
import { id } from './id.ts'
import { idle } from './idle.ts'
import { list } from './list.ts'
import { login } from './login.ts'
import { logout } from './logout.ts'
import { lsub } from './lsub.ts'
import { namespace } from './namespace.ts'
import { check, noop } from './noop.ts'
import { getQuota, getQuotaRoot, setQuota } from './quota.ts'
import { rename } from './rename.ts'
import { replace } from './replace.ts'
import { search } from './search.ts'
import { examine, select } from './select.ts'
import { sort } from './sort.ts'
import { starttls } from './starttls.ts'
import { status } from './status.ts'
import { store } from './store.ts'
import { subscribe, unsubscribe } from './subscribe.ts'
import { thread } from './thread.ts'
import { xlist } from './xlist.ts'

// biome-ignore format: a table is read by its columns
export const COMMANDS: CommandTable = {
  // any state (RFC 9051 §6.1)
  CAPABILITY:    any(parseNoArgs, capability),
  NOOP:          any(parseNoArgs, noop),
  LOGOUT:        any(parseNoArgs, logout),
  ID:            any(parseId, id),
  // not authenticated (§6.2)
  STARTTLS:      unauthenticated(parseNoArgs, starttls),
  AUTHENTICATE:  unauthenticated(parseAuthenticate, authenticate),
  LOGIN:         unauthenticated(parseLogin, login),
  // authenticated (§6.3); missing: the code to answer when the named mailbox does not exist
  ENABLE:        authenticated(parseEnable, enable),
  COMPRESS:      authenticated(parseCompress, compress),
  SELECT:        authenticated(parseSelect, select),
  EXAMINE:       authenticated(parseSelect, examine),
  CREATE:        authenticated(parseCreate, create),
  DELETE:        authenticated(parseMailbox, deleteMailbox),
  RENAME:        authenticated(parseRename, rename),
  SUBSCRIBE:     authenticated(parseMailbox, subscribe),
  UNSUBSCRIBE:   authenticated(parseMailbox, unsubscribe),
  LIST:          authenticated(parseList, list),
  LSUB:          authenticated(parseLsub, lsub),
  XLIST:         authenticated(parseLsub, xlist),
  GETQUOTA:      authenticated(parseGetQuota, getQuota),
  GETQUOTAROOT:  authenticated(parseMailbox, getQuotaRoot),
  SETQUOTA:      authenticated(parseSetQuota, setQuota),
  NAMESPACE:     authenticated(parseNoArgs, namespace),
  STATUS:        authenticated(parseStatus, status),
  APPEND:        withMessage(parseAppend, append, { missing: 'TRYCREATE' }),
  IDLE:          authenticated(parseNoArgs, idle),
  // selected (§6.4); holdsExpunge: the client is counting sequence numbers (§7.5.1); writes: refused after EXAMINE
  CHECK:         selected(parseNoArgs, check),
  CLOSE:         selected(parseNoArgs, close),
  UNSELECT:      selected(parseNoArgs, unselect),
  EXPUNGE:       selected(parseNoArgs, expunge, { writes: true }),
  'UID EXPUNGE': selected(parseUidExpunge, uidExpunge, { writes: true }),
  SEARCH:        selected(parseSearch, search, { holdsExpunge: true }),
  'UID SEARCH':  selected(uid(parseSearch), search),
  SORT:          selected(parseSort, sort, { holdsExpunge: true }),
  'UID SORT':    selected(uid(parseSort), sort),
  THREAD:        selected(parseThread, thread, { holdsExpunge: true }),
  'UID THREAD':  selected(uid(parseThread), thread),
  FETCH:         selected(parseFetch, fetch, { holdsExpunge: true }),
  'UID FETCH':   selected(uid(parseFetch), fetch),
  STORE:         selected(parseStore, store, { holdsExpunge: true, writes: true }),
  'UID STORE':   selected(uid(parseStore), store, { writes: true }),
  COPY:          selected(parseCopy, copy, { missing: 'TRYCREATE' }),
  'UID COPY':    selected(uid(parseCopy), copy, { missing: 'TRYCREATE' }),
  MOVE:          selected(parseCopy, move, { missing: 'TRYCREATE', writes: true }),
  'UID MOVE':    selected(uid(parseCopy), move, { missing: 'TRYCREATE', writes: true }),
  REPLACE:       selectedWithMessage(parseReplace, replace, { missing: 'TRYCREATE', writes: true }),
  'UID REPLACE': selectedWithMessage(uid(parseReplace), replace, { missing: 'TRYCREATE', writes: true }),
}
