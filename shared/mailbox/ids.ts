/**
 * Names of things, branded so that they cannot be mixed up. An account's name contains its tenant, a mailbox's its account:
 * whoever holds one can tell whose it is without a look-up, and a key made from it begins with its tenant.
 */
declare const brand: unique symbol
type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** Lower-case letters, digits and hyphens, 1–40 of them. */
export type TenantId = Brand<string, 'TenantId'>
/** `<tenant>/<account>` */
export type AccountId = Brand<string, 'AccountId'>
/** `<tenant>/<account>/<mailbox>` */
export type MailboxId = Brand<string, 'MailboxId'>
/** A UUIDv7 in its canonical text form: the message's id everywhere (API, OBJECTID's EMAILID, UIDL, JMAP). */
export type ContentId = Brand<string, 'ContentId'>
/** 16 hexadecimal digits; constant within an account (OBJECTID's THREADID, RFC 8474 §5.2). */
export type ThreadId = Brand<string, 'ThreadId'>
/** 1 to 2^32-1, ascending within a mailbox and never reused (RFC 9051 §2.3.1.1). */
export type Uid = Brand<number, 'Uid'>
/** The number of a mailbox's commit; kept below 2^53, clients' 63-bit values are clamped (RFC 7162 §7). */
export type Modseq = Brand<number, 'Modseq'>

export const MAX_UID = 0xffff_ffff as Uid

const TENANT_ID = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/
const LOCAL_ID = /^[A-Za-z0-9_-]{1,64}$/
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export function isTenantId(text: string): text is TenantId {
  return TENANT_ID.test(text)
}

export function isContentId(text: string): text is ContentId {
  return UUID.test(text)
}

/** Throws RangeError where the parts could not be told apart again. */
export function accountId(tenant: TenantId, local: string): AccountId {
  if (!isTenantId(tenant) || !LOCAL_ID.test(local)) throw new RangeError(`no account id: ${tenant}/${local}`)
  return `${tenant}/${local}` as AccountId
}

/** Throws RangeError where the parts could not be told apart again. */
export function mailboxId(account: AccountId, local: string): MailboxId {
  if (!LOCAL_ID.test(local)) throw new RangeError(`no mailbox id: ${account}/${local}`)
  return `${account}/${local}` as MailboxId
}

export function tenantOf(id: AccountId | MailboxId): TenantId {
  return id.slice(0, id.indexOf('/')) as TenantId
}

export function accountOf(mailbox: MailboxId): AccountId {
  return mailbox.slice(0, mailbox.lastIndexOf('/')) as AccountId
}
