import { isAscii } from 'node:buffer'
import MailComposer from 'nodemailer/lib/mail-composer'
import { displayText } from '../../codec/mime/encoded-word.ts'
import { fieldsByName, parseHeader, unfoldedValue } from '../../codec/mime/header.ts'
import type { ImapAddress } from '../../codec/mime/structure-types.ts'
import { formatAddress, needsSmtputf8, parsePathAddress } from '../../codec/smtp/address.ts'
import { log } from '../../log.ts'
import { type Address, foldLocalPart, withoutDetail } from '../../mailbox/address.ts'
import { MailError } from '../../mailbox/errors.ts'
import { type AccountId, tenantOf } from '../../mailbox/ids.ts'
import { readWhole, sourceOf } from '../../ports/blob-source.ts'
import { BlobExistsError } from '../../ports/blobs.ts'
import type { Store, TenantStore } from '../../store/store.ts'
import { ANSWERED_FOR_MS, type VacationResponse } from '../../store/vacations.ts'
import type { View } from '../../store/views.ts'
import { derivedContentId } from '../derived-content-id.ts'
import type { Kept } from '../outgoing/report-to-sender.ts'
import { submitMessage } from '../outgoing/submit-message.ts'
import { ownResults } from './own-results.ts'

const HEADER_OCTETS = 64 * 1024
/** What is indexed again after that was answered long ago. */
const RECENT_MS = 24 * 60 * 60 * 1000
const MOST_REFERENCES = 20
const DEFAULT_TEXT = 'I am away at the moment and will read your message when I am back.\r\n'

/**
 * Tells whoever writes that the account's person is away (RFC 5230, RFC 3834): only who wrote to them by name, once in seven days, and never who or
 * what would not read it. Repeatable: which message of a sender is answered is written down before the answer is made, under an id that
 * follows from the message's.
 */
export async function answerVacation(
  store: Store,
  own: TenantStore,
  account: AccountId,
  version: number,
  kept: Kept,
  view: View,
): Promise<void> {
  const { content, envelope } = kept
  const now = store.engine.clock.now()
  if (now - envelope.receivedAt > RECENT_MS || !isPersonal(kept, view)) return
  const response = await own.vacations.atVersion(account, version)
  if (!isDue(response, envelope.receivedAt)) return
  const address = (await own.accounts.get(account))?.address
  if (address === undefined) return
  const names = ownNames(address, account, kept)
  const sender = foldedName(parsePathAddress(envelope.reversePath))
  if (names.has(sender) || names.has(withoutDetailOf(sender)) || !isAddressed(view, names)) return
  const before = await own.vacations.answered(account, sender)
  const isRepeat = before?.content === content
  if (!isRepeat && before !== undefined && now - before.at < ANSWERED_FOR_MS) return
  if (await isAutomatic(own, kept)) return
  if (!isRepeat && !(await own.vacations.remember(account, sender, { content, at: now }, before))) return
  await answer(store, account, address, response, kept, view, isRepeat ? before.at : now)
}

function isDue({ isEnabled, fromDate, toDate }: VacationResponse, at: number): boolean {
  return isEnabled && (fromDate === null || fromDate <= at) && (toDate === null || at < toDate)
}

/** Parts of local parts behind which nobody reads (RFC 5230 §4.6, RFC 3834 §2). */
const ROBOTS = ['noreply', 'donotreply', 'noresponse', 'mailerdaemon', 'listserv', 'majordomo', 'bounce']

/** As far as the envelope and the view tell. */
function isPersonal({ envelope }: Kept, view: View): boolean {
  const { reversePath, junk, hostName, origin } = envelope
  if (reversePath === '' || junk || hostName === undefined || origin !== 'arrival') return false
  const local = foldLocalPart(parsePathAddress(reversePath).localPart)
  if (local.startsWith('owner-') || local.endsWith('-request') || local.endsWith('-owner')) return false
  const letters = local.replace(/[-_.]/g, '')
  if (ROBOTS.some((robot) => letters.includes(robot))) return false
  // A forged sender would get an answer to what they never wrote.
  const results = ownResults(view.headerFields, hostName)?.results
  return results?.get('dmarc') !== 'fail' && results?.get('spf') !== 'fail'
}

/** By its header: of a list, in bulk, or made by a program. */
async function isAutomatic(own: TenantStore, { info }: Kept): Promise<boolean> {
  const header = (await readWhole(own.engine.blobs, info.name, { start: 0, end: HEADER_OCTETS })) ?? new Uint8Array()
  const fields = fieldsByName(parseHeader(header))
  const values = (name: string) => (fields.get(name) ?? []).map((field) => unfoldedValue(header, field).toLowerCase())
  if ([...fields.keys()].some((name) => name.startsWith('list-'))) return true
  if (values('auto-submitted').some((value) => !value.startsWith('no'))) return true
  if (values('precedence').some((value) => ['list', 'bulk', 'junk'].includes(value))) return true
  // Exchange's word for the same ([MS-OXCMAIL] §2.1.3.2.20).
  return values('x-auto-response-suppress').some((value) =>
    value.split(',').some((word) => ['all', 'oof', 'autoreply'].includes(word.trim())),
  )
}

/** The account's own names: its address, and addresses that lead to it alone. An address of several people is nobody's own. */
function ownNames(address: string, account: AccountId, { envelope }: Kept): ReadonlySet<string> {
  const alone = envelope.recipients.filter(
    ({ accounts, forwards = [] }) => accounts.length === 1 && accounts[0] === account && forwards.length === 0,
  )
  return new Set(
    [address, ...alone.map((recipient) => recipient.address)].map((one) => foldedName(parsePathAddress(one))),
  )
}

/** To or Cc names the account (RFC 3834 §2, RFC 5230 §4.5), with or without a detail. */
function isAddressed({ envelope }: View, names: ReadonlySet<string>): boolean {
  return [...envelope.to, ...envelope.cc].some((one) => {
    const name = nameOf(one)
    return names.has(name) || names.has(withoutDetailOf(name))
  })
}

function nameOf({ mailbox, host }: ImapAddress): string {
  return host ? foldedName({ localPart: displayText(mailbox ?? ''), domain: displayText(host).toLowerCase() }) : ''
}

function foldedName({ localPart, domain }: Address): string {
  return `${foldLocalPart(localPart)}@${domain.toLowerCase()}`
}

function withoutDetailOf(name: string): string {
  const at = name.lastIndexOf('@')
  const base = withoutDetail(name.slice(0, at))
  return base === undefined ? name : `${base}${name.slice(at)}`
}

async function answer(
  store: Store,
  account: AccountId,
  address: string,
  response: VacationResponse,
  { content, envelope }: Kept,
  view: View,
  at: number,
): Promise<void> {
  const id = derivedContentId(content, 'vacation', account)
  const to = parsePathAddress(envelope.reversePath)
  const { displayName } = (await store.tenant(tenantOf(account)).settings.get(account)).value
  const from = { name: displayName ?? '', address }
  const octets = await compose(from, to, response, view, { id, at })
  const hostName = envelope.hostName!
  const resolution = await store.directory.resolve(to)
  const submission = {
    account,
    // RFC 3834 §3.3: what comes back of it must not be answered either.
    reversePath: '',
    recipients: [formatAddress(to)],
    leavesTheHouse: resolution.kind === 'foreign-domain',
    body: isAscii(octets) ? ('7BIT' as const) : ('8BITMIME' as const),
    smtputf8: needsSmtputf8(to) || needsSmtputf8(parsePathAddress(address)),
    client: { helo: hostName, remoteAddress: '127.0.0.1', hostName, protocol: 'LMTP' },
    repeatable: { content: id, receivedAt: at },
  }
  try {
    await submitMessage(store, submission, sourceOf(octets))
  } catch (error) {
    if (error instanceof BlobExistsError) return // made before; composing again makes other octets
    if (!(error instanceof MailError)) throw error
    log.info('vacation-not-answered', { account, content, why: error.kind })
  }
}

async function compose(
  from: { name: string; address: string },
  to: Address,
  { subject, textBody, htmlBody }: VacationResponse,
  { envelope, messageIds }: View,
  { id, at }: { id: string; at: number },
): Promise<Buffer> {
  const original = displayText(envelope.subject ?? '')
  const { messageId, references, inReplyTo } = messageIds
  const thread = [...(references.length > 0 ? references : inReplyTo).slice(-MOST_REFERENCES)]
  if (messageId !== null) thread.push(messageId)
  const composer = new MailComposer({
    from,
    to: formatAddress(to),
    subject: subject ?? `Auto: ${original}`,
    ...((textBody !== null || htmlBody === null) && { text: textBody ?? DEFAULT_TEXT }),
    ...(htmlBody !== null && { html: htmlBody }),
    ...(messageId !== null && { inReplyTo: `<${messageId}>` }),
    ...(thread.length > 0 && { references: thread.map((one) => `<${one}>`) }),
    headers: { 'Auto-Submitted': 'auto-replied (vacation)', 'X-Auto-Response-Suppress': 'All' },
    messageId: `<${id}@${parsePathAddress(from.address).domain}>`,
    date: new Date(at),
    newline: 'windows',
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return composer.compile().build()
}
