/**
 * Every kind of item and object there is, its key, how it is reached and what that costs on DynamoDB and S3 (a write unit is 1 KB, doubled
 * in a transaction; a read unit is 4 KB). A new kind gets its line here first.
 *
 * | kind | pk / sk | written | read |
 * |---|---|---|---|
 * | domain | domain/<domain> / domain | by administration, its protection too | RCPT and login, in the same getMany as address |
 * | address | domain/<domain> / address/<local part> | by administration, and when an account that it leads to gets a quota | one getMany of ≤ 4 keys answers RCPT; one more a level of aliases that lead to addresses |
 * | tenant | t/<tenant> / tenant | by administration | administration |
 * | api key | t/<tenant> / api-key/<key> | by administration; last use, once a minute | every API call, one unit |
 * | tenant's domain | t/<tenant> / domain/<domain id> | by administration, verification | administration; signing |
 * | tenant's domain by name | t/<tenant> / domain-name/<domain> | with the domain | calls that name a domain |
 * | share secret | t/<tenant> / share | with the first email that is shared | sharing, and each visit of a shared email |
 * | domain claim | t/<tenant> / domain-claim/<domain id> | by administration | administration |
 * | SRS secret | t/<tenant> / srs | with the first forward | forwards and reports on them, once a process |
 * | alias list | t/<tenant> / alias/<address> | with the address | administration |
 * | idempotency | t/<tenant> / idempotency/<hash> | twice a call that has a key; expires | the repeat of such a call |
 * | demonstration | demonstration / ended | with the first tenant of one's own | calls with the demonstration's credentials |
 * | login failures | login-failures/<hash> / <window> | 3 items a failed login, one unit each; expires | logins while there was a failure lately |
 * | app password | t/<tenant>/account/<account> / app-password/<hash> | by administration | login with one, one unit |
 * | inbox | t/<tenant>/account/<account> / inbox | when the API names it | /inboxes |
 * | label | … same pk / label/<label> | by API | threads by API: one query |
 * | session | t/<tenant>/account/<account> / session/<hash> | sign-in with a browser; last use, once in 5 minutes; expires | each of its requests, one unit |
 * | email | t/<tenant>/emails / <content> | once an email sent by API; when it is cancelled or rescheduled | API |
 * | tenant list | tenants / <tenant> | by administration | sweep and reclaim: one query |
 * | deletion | deletions / <tenant>/<requested at> | while a tenant is deleted; kept for ever | the operator |
 * | upkeep lease | t/<tenant> / upkeep | reclaim and reindex, twice a walk | as written |
 * | reindexing | t/<tenant> / reindex | a reindex, twice a slice | the operator |
 * | account list | t/<tenant> / account/<account> | with the account | administration, reclaim: one query |
 * | ending content | t/<tenant> / ending/<content> | reclaim, before the object goes and after: 2 units a content | reclaim: one query |
 * | account | t/<tenant>/account/<account> / account | administration; CREATE (last UIDVALIDITY) | login, one unit |
 * | name | … same pk / name/<parent node>/<name> | CREATE, RENAME, DELETE, SUBSCRIBE | LIST: one query; SELECT: one get per level |
 * | mailbox | … same pk / mailbox/<mailbox> | CREATE, fold | SELECT, one unit |
 * | maildrop lock | … same pk / lock/<mailbox> | POP3: login, QUIT, every 20 s between; 1 unit, 2 in QUIT's commit | POP3 login, one unit |
 * | rules | … same pk / rules | by the account; the INBOX name item holds its version | a delivery, where there are any and this process does not know the version |
 * | vacation | … same pk / vacation | by the account; as rules | as rules |
 * | answered sender | … same pk / answered/<hash> | an auto-reply; expires | a delivery while the account is on vacation, one unit |
 * | answer count | … same pk / answers/<hour> | with an auto-reply; expires | before an auto-reply, one unit |
 * | identities | … same pk / identities | by the account | submission by JMAP; JMAP |
 * | account settings | … same pk / settings | by the account | JMAP |
 * | contacts | … same pk / contacts | a submission to somebody new or not lately written to | submission, one unit and more; JMAP |
 * | submission | … same pk / submission/<content> | each submission by JMAP, when it is held, released or cancelled; expires | JMAP |
 * | state of submissions | … same pk / submissions | with each of them | JMAP |
 * | imported | … same pk / imported/<hash> | with an imported message, 2 units; expires | imports: one getMany a call |
 * | removed mailbox | … same pk / removed/<mailbox> | DELETE | the job that removes its content |
 * | message-id | … same pk / message-id/<hash> | one unit a delivery | one getMany of the References a delivery |
 * | journal record | t/<tenant>/mailbox/<account>/<mailbox> / <modseq> | one per commit, 2 units in a delivery | newest: one query of 1; tail: one query |
 * | end of a journal | … same key, in the place of a young record | when the mailbox is removed; expires | as its records |
 * | view | t/<tenant>/content/<content> / view | one put of ≤ 2 KB a content | FETCH of what is in no segment |
 * | greylist triplet | t/<tenant>/greylist/<hash> / seen | where the tenant wants it: its first RCPT, once a day later; expires | RCPT, unless this process knows it |
 * | sent count | t/<tenant>/account/<account> / sent/<hour> | each submission; expires | each submission |
 * | told sender | t/<tenant>/told/<hash> / told | a notice to a stranger of what came by the second door; expires | before each of them, one unit |
 * | delivery | … same pk / delivery/<account> | 2 units in a delivery, 1 a copy made or expunged | COPY, reclaim |
 * | suppression | t/<tenant>/suppressions / <address> | a complaint, a hard bounce, by administration | send-message: one getMany of a message's recipients |
 * | outbound | t/<tenant>/outbound/<content> / state | each attempt to send, twice | send-message, one unit |
 * | usage of a day | t/<tenant>/usage / day/<day>/<account> | with what became of a message that leaves, 2 units; with arrivals, when they are counted; with API calls, every 10 s | /usage, quotas: one query |
 * | API calls | t/<tenant>/api-calls / <id> | up to 100 calls, or those of 10 s, in one item; expires | /logs |
 * | prices | prices / prices | by the operator | /usage |
 * | quota count | t/<tenant>/quota / <in, out or storage>/<day or month> | a message, of a tenant that has a limit; expires | then too |
 * | usage counted | … same pk / counted/<account>/<mailbox> | when a mailbox's arrivals are counted: /usage, fold, daily | then, one unit |
 * | webhook | t/<tenant> / webhook/<webhook> | by administration; its first failure and its first success after it | a message in or out, once in 2 s a process: one query |
 * | webhook delivery | t/<tenant>/webhook-deliveries / <webhook>/<event> | an event that a webhook wants: one put, two units an attempt; expires | each attempt, one unit |
 *
 * | object | name | |
 * |---|---|---|
 * | content | raw/<tenant>/<content> | one PUT a transaction and tenant |
 * | envelope | envelope/<tenant>/<content> | only where it does not fit the content's metadata |
 * | view | view/<tenant>/<content> | only where it does not fit an item |
 * | upload | upload/<tenant>/<account>/<upload>, or `-` for the account where an API key uploads | one PUT, deleted after a day |
 * | snapshot | index/<tenant>/<account>/<mailbox>/<modseq> | by the fold |
 * | segment | index/<tenant>/<account>/<mailbox>/segment/<first UID>-<modseq> | by the fold |
 * | outbound message | outbox/<tenant>/<content> | one PUT a submission |
 * | attachment | attachment/<tenant>/<content>/<number> | decoded, when the API is first asked for it; goes with its content |
 * | scheduled message | scheduled/<tenant>/<content> | one PUT, moved to the outbox when its time has come; a submission by JMAP that is held, too |
 */
import type { AccountId, ContentId, MailboxId, Modseq, TenantId } from '../mailbox/ids.ts'
import { accountOf, isContentId, isTenantId, tenantOf } from '../mailbox/ids.ts'
import type { Key } from '../ports/table.ts'
import { tenantKey } from '../ports/tenant-engine.ts'

export const CATCH_ALL = '*'

export function domainKey(domain: string): Key {
  return { pk: `domain/${domain}`, sk: 'domain' }
}

export const ADDRESS_PREFIX = 'address/'

export function addressKey(localPart: string, domain: string): Key {
  return { pk: `domain/${domain}`, sk: `${ADDRESS_PREFIX}${localPart}` }
}

export function tenantItemKey(tenant: TenantId): Key {
  return { pk: tenantKey(tenant), sk: 'tenant' }
}

export const TENANTS_PK = 'tenants'

export function deletionKey(tenant: TenantId, requestedAt: number): Key {
  const { pk, sk } = deletionPrefix(tenant)
  return { pk, sk: `${sk}${modseqText(requestedAt)}` }
}

/** Of all tenants that had this id, one after the other. */
export function deletionPrefix(tenant: TenantId): Key {
  return { pk: 'deletions', sk: `${tenant}/` }
}

export const DEMONSTRATION_ENDED_KEY: Key = { pk: 'demonstration', sk: 'ended' }

/** `hash`: of whom is counted, so that what a client sends as a name is no key. */
export function loginFailuresKey(hash: string, window: number): Key {
  return { pk: `login-failures/${hash}`, sk: String(window) }
}

export const API_KEY_PREFIX = 'api-key/'

export function apiKeyKey(tenant: TenantId, id: string): Key {
  return { pk: tenantKey(tenant), sk: `${API_KEY_PREFIX}${id}` }
}

export const DOMAIN_PREFIX = 'domain/'

export function tenantDomainKey(tenant: TenantId, id: string): Key {
  return { pk: tenantKey(tenant), sk: `${DOMAIN_PREFIX}${id}` }
}

export function tenantDomainNameKey(tenant: TenantId, name: string): Key {
  return { pk: tenantKey(tenant), sk: `domain-name/${name}` }
}

export function domainClaimKey(tenant: TenantId, domainId: string): Key {
  return { pk: tenantKey(tenant), sk: `domain-claim/${domainId}` }
}

export function upkeepKey(tenant: TenantId): Key {
  return { pk: tenantKey(tenant), sk: 'upkeep' }
}

export function reindexKey(tenant: TenantId): Key {
  return { pk: tenantKey(tenant), sk: 'reindex' }
}

export function srsKey(tenant: TenantId): Key {
  return { pk: tenantKey(tenant), sk: 'srs' }
}

export function shareKey(tenant: TenantId): Key {
  return { pk: tenantKey(tenant), sk: 'share' }
}

export const ALIAS_PREFIX = 'alias/'

export function aliasKey(tenant: TenantId, address: string): Key {
  return { pk: tenantKey(tenant), sk: `${ALIAS_PREFIX}${address}` }
}

export function idempotencyKey(tenant: TenantId, hash: string): Key {
  return { pk: tenantKey(tenant), sk: `idempotency/${hash}` }
}

export function emailsPk(tenant: TenantId): string {
  return `${tenantKey(tenant)}/emails`
}

export function emailKey(tenant: TenantId, id: ContentId): Key {
  return { pk: emailsPk(tenant), sk: id }
}

export const ACCOUNT_LIST_PREFIX = 'account/'

export function accountListKey(account: AccountId): Key {
  return { pk: tenantKey(tenantOf(account)), sk: `${ACCOUNT_LIST_PREFIX}${local(account)}` }
}

export const ENDING_PREFIX = 'ending/'

export function endingKey(tenant: TenantId, content: ContentId): Key {
  return { pk: tenantKey(tenant), sk: `${ENDING_PREFIX}${content}` }
}

/** pk of all that is about one account but not in one mailbox. */
export function accountPk(account: AccountId): string {
  return `${tenantKey(tenantOf(account))}/account/${local(account)}`
}

export function accountKey(account: AccountId): Key {
  return { pk: accountPk(account), sk: 'account' }
}

export const APP_PASSWORD_PREFIX = 'app-password/'

export function appPasswordKey(account: AccountId, id: string): Key {
  return { pk: accountPk(account), sk: `${APP_PASSWORD_PREFIX}${id}` }
}

export function inboxKey(account: AccountId): Key {
  return { pk: accountPk(account), sk: 'inbox' }
}

export const LABEL_PREFIX = 'label/'

export function labelKey(account: AccountId, id: string): Key {
  return { pk: accountPk(account), sk: `${LABEL_PREFIX}${id}` }
}

export const SESSION_PREFIX = 'session/'

export function sessionKey(account: AccountId, id: string): Key {
  return { pk: accountPk(account), sk: `${SESSION_PREFIX}${id}` }
}

export const ROOT_NODE = '-'
export const NAME_PREFIX = 'name/'

export function nameKey(account: AccountId, parentNode: string, name: string): Key {
  return { pk: accountPk(account), sk: `${NAME_PREFIX}${parentNode}/${name}` }
}

/** It stays where it is, whatever is renamed: RENAME INBOX gives the name another mailbox (RFC 9051 §6.3.6). */
export function inboxNameKey(account: AccountId): Key {
  return nameKey(account, ROOT_NODE, 'INBOX')
}

export function mailboxKey(mailbox: MailboxId): Key {
  return { pk: accountPk(accountOf(mailbox)), sk: `mailbox/${local(mailbox)}` }
}

export function maildropLockKey(mailbox: MailboxId): Key {
  return { pk: accountPk(accountOf(mailbox)), sk: `lock/${local(mailbox)}` }
}

export const REMOVED_PREFIX = 'removed/'

export function removedKey(mailbox: MailboxId): Key {
  return { pk: accountPk(accountOf(mailbox)), sk: `${REMOVED_PREFIX}${local(mailbox)}` }
}

export function rulesKey(account: AccountId): Key {
  return { pk: accountPk(account), sk: 'rules' }
}

export function vacationKey(account: AccountId): Key {
  return { pk: accountPk(account), sk: 'vacation' }
}

/** `hash`: of the sender's address, which can be as long as a path. */
export function answeredKey(account: AccountId, hash: string): Key {
  return { pk: accountPk(account), sk: `answered/${hash}` }
}

export function answerCountKey(account: AccountId, hour: number): Key {
  return { pk: accountPk(account), sk: `answers/${hour}` }
}

export function identitiesKey(account: AccountId): Key {
  return { pk: accountPk(account), sk: 'identities' }
}

export function accountSettingsKey(account: AccountId): Key {
  return { pk: accountPk(account), sk: 'settings' }
}

export function contactsKey(account: AccountId): Key {
  return { pk: accountPk(account), sk: 'contacts' }
}

export const SUBMISSION_PREFIX = 'submission/'

export function submissionKey(account: AccountId, id: ContentId): Key {
  return { pk: accountPk(account), sk: `${SUBMISSION_PREFIX}${id}` }
}

export function submissionsStateKey(account: AccountId): Key {
  return { pk: accountPk(account), sk: 'submissions' }
}

/** `hash`: of what its source calls the message. */
export function importedKey(account: AccountId, hash: string): Key {
  return { pk: accountPk(account), sk: `imported/${hash}` }
}

export function messageIdKey(account: AccountId, hash: string): Key {
  return { pk: accountPk(account), sk: `message-id/${hash}` }
}

export function journalPk(mailbox: MailboxId): string {
  return `${tenantKey(tenantOf(mailbox))}/mailbox/${mailbox.slice(mailbox.indexOf('/') + 1)}`
}

/** 16 digits hold every number below 2^53, so that text order is number order. */
export function modseqText(modseq: number): string {
  return String(modseq).padStart(16, '0')
}

export function journalKey(mailbox: MailboxId, modseq: Modseq | number): Key {
  return { pk: journalPk(mailbox), sk: modseqText(modseq) }
}

export function contentPk(tenant: TenantId, content: ContentId): string {
  return `${tenantKey(tenant)}/content/${content}`
}

export function viewKey(tenant: TenantId, content: ContentId): Key {
  return { pk: contentPk(tenant, content), sk: 'view' }
}

export const DELIVERY_PREFIX = 'delivery/'

export function deliveryKey(account: AccountId, content: ContentId): Key {
  return { pk: contentPk(tenantOf(account), content), sk: `${DELIVERY_PREFIX}${local(account)}` }
}

export function greylistKey(tenant: TenantId, hash: string): Key {
  return { pk: `${tenantKey(tenant)}/greylist/${hash}`, sk: 'seen' }
}

export function toldSenderKey(tenant: TenantId, hash: string): Key {
  return { pk: `${tenantKey(tenant)}/told/${hash}`, sk: 'told' }
}

export function sentCountKey(account: AccountId, hour: number): Key {
  return { pk: accountPk(account), sk: `sent/${hour}` }
}

export function outboundKey(tenant: TenantId, content: ContentId): Key {
  return { pk: `${tenantKey(tenant)}/outbound/${content}`, sk: 'state' }
}

export function suppressionsPk(tenant: TenantId): string {
  return `${tenantKey(tenant)}/suppressions`
}

export function suppressionKey(tenant: TenantId, address: string): Key {
  return { pk: suppressionsPk(tenant), sk: address }
}

export function quotaPk(tenant: TenantId): string {
  return `${tenantKey(tenant)}/quota`
}

export function quotaCountKey(tenant: TenantId, what: string, period: string): Key {
  return { pk: quotaPk(tenant), sk: `${what}/${period}` }
}

export const PRICES_KEY: Key = { pk: 'prices', sk: 'prices' }

export function apiCallsPk(tenant: TenantId): string {
  return `${tenantKey(tenant)}/api-calls`
}

export function apiCallsKey(tenant: TenantId, id: ContentId): Key {
  return { pk: apiCallsPk(tenant), sk: id }
}

export function usagePk(tenant: TenantId): string {
  return `${tenantKey(tenant)}/usage`
}

export const USAGE_DAY_PREFIX = 'day/'

/** `account`: its id within the tenant. */
export function usageDayKey(tenant: TenantId, day: string, account: string): Key {
  return { pk: usagePk(tenant), sk: `${USAGE_DAY_PREFIX}${day}/${account}` }
}

export function usageCountedKey(mailbox: MailboxId): Key {
  return { pk: usagePk(tenantOf(mailbox)), sk: `counted/${mailbox.slice(mailbox.indexOf('/') + 1)}` }
}

export const WEBHOOK_PREFIX = 'webhook/'

export function webhookKey(tenant: TenantId, id: string): Key {
  return { pk: tenantKey(tenant), sk: `${WEBHOOK_PREFIX}${id}` }
}

export function webhookDeliveriesPk(tenant: TenantId): string {
  return `${tenantKey(tenant)}/webhook-deliveries`
}

export function webhookDeliveryKey(tenant: TenantId, webhook: string, event: string): Key {
  return { pk: webhookDeliveriesPk(tenant), sk: `${webhook}/${event}` }
}

export function contentName(tenant: TenantId, content: ContentId): string {
  return `raw/${tenant}/${content}`
}

/** Undefined where it is no content's name. */
export function parseContentName(name: string): { tenant: TenantId; content: ContentId } | undefined {
  const [kind, tenant, content, ...rest] = name.split('/')
  if (kind !== 'raw' || tenant === undefined || content === undefined || rest.length > 0) return undefined
  if (!isTenantId(tenant) || !isContentId(content)) return undefined
  return contentName(tenant, content) === name ? { tenant, content } : undefined
}

export function uploadsPrefix(tenant: TenantId, account?: AccountId): string {
  return account === undefined ? `upload/${tenant}/` : `upload/${tenant}/${local(account)}/`
}

/** Of what API keys upload: no account has this name. */
export function attachmentUploadsPrefix(tenant: TenantId): string {
  return `${uploadsPrefix(tenant)}-/`
}

export function attachmentUploadName(tenant: TenantId, id: ContentId): string {
  return `${attachmentUploadsPrefix(tenant)}${id}`
}

export function uploadName(account: AccountId, id: ContentId): string {
  return `${uploadsPrefix(tenantOf(account), account)}${id}`
}

export function envelopeName(tenant: TenantId, content: ContentId): string {
  return `envelope/${tenant}/${content}`
}

export function viewName(tenant: TenantId, content: ContentId): string {
  return `view/${tenant}/${content}`
}

/** What every attachment of a content begins with. */
export function attachmentPrefix(tenant: TenantId, content: ContentId): string {
  return `attachment/${tenant}/${content}/`
}

export function attachmentName(tenant: TenantId, content: ContentId, number: string): string {
  return `${attachmentPrefix(tenant, content)}${number}`
}

export function scheduledName(tenant: TenantId, content: ContentId): string {
  return `scheduled/${tenant}/${content}`
}

/** What the relay `capture` was handed. */
export function capturedPrefix(tenant: TenantId): string {
  return `captured/${tenant}/`
}

export function outboxName(tenant: TenantId, content: ContentId): string {
  return `outbox/${tenant}/${content}`
}

export function indexPrefix(mailbox: MailboxId): string {
  return `index/${mailbox}/`
}

export function snapshotName(mailbox: MailboxId, modseq: number): string {
  return `${indexPrefix(mailbox)}${modseqText(modseq)}`
}

/** What every snapshot and segment of a tenant begins with. */
export function indexNamePrefix(tenant: TenantId): string {
  return `index/${tenant}/`
}

/** Undefined for a segment. */
export function parseSnapshotName(name: string): { mailbox: MailboxId; modseq: number } | undefined {
  if (!isSnapshotName(name)) return undefined
  const [, tenant, account, mailbox, modseq] = name.split('/')
  return { mailbox: `${tenant}/${account}/${mailbox}` as MailboxId, modseq: Number(modseq) }
}

/** Of the two kinds of objects below `indexPrefix`. */
export function isSnapshotName(name: string): boolean {
  return name.split('/').length === 5
}

export function segmentName(mailbox: MailboxId, firstUid: number, modseq: number): string {
  return `${indexPrefix(mailbox)}segment/${modseqText(firstUid)}-${modseqText(modseq)}`
}

/** What an id is called within its tenant (an account) or its account (a mailbox). */
function local(id: AccountId | MailboxId): string {
  return id.slice(id.lastIndexOf('/') + 1)
}
