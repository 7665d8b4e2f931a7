import type { MailboxArgs } from '../../codec/imap/mailbox-commands.ts'
import { formatQuota, formatQuotaRoot, type GetQuotaArgs, type SetQuotaArgs } from '../../codec/imap/quota.ts'
import { usageOf } from '../../flows/mailboxes/quota.ts'
import { MailError } from '../../mailbox/errors.ts'
import { formatMailboxPath, parseMailboxPath } from '../../mailbox/mailbox-path.ts'
import { type Done, no, ok } from './done.ts'
import type { Authenticated } from './session.ts'

/** An account has one quota, where it has a limit, and all its mailboxes hang on it. */
const ROOT = ''
/** RFC 9208 §5.1: STORAGE counts in units of 1,024 octets. */
const UNIT_OCTETS = 1024

/** GETQUOTA (RFC 9208 §4.1.1). */
export async function getQuota(session: Authenticated, { root }: GetQuotaArgs): Promise<Done> {
  const quota = root === ROOT ? await quotaOf(session) : undefined
  if (quota === undefined) return no('There is no such quota root', ['NONEXISTENT'])
  session.out.add(quota)
  return ok('GETQUOTA completed')
}

/** GETQUOTAROOT (RFC 9208 §4.1.2). */
export async function getQuotaRoot(session: Authenticated, { mailbox }: MailboxArgs): Promise<Done> {
  const path = parseMailboxPath(mailbox)
  if ((await session.store.mailboxes.find(session.account.id, path)) === undefined) {
    throw new MailError('no-such-mailbox', formatMailboxPath(path))
  }
  const quota = await quotaOf(session)
  const roots = quota === undefined ? [] : [ROOT]
  session.out.add(formatQuotaRoot(formatMailboxPath(path), roots, session.enabled.utf8))
  if (quota !== undefined) session.out.add(quota)
  return ok('GETQUOTAROOT completed')
}

/** SETQUOTA (RFC 9208 §4.1.3): quotas are set by administration alone. */
export function setQuota(_session: Authenticated, _args: SetQuotaArgs): Done {
  return no('Quotas are not set here', ['NOPERM'])
}

/** Undefined without a limit: a quota of no resource cannot be told (RFC 9208 §7, quota-list). */
async function quotaOf({ store, account }: Authenticated): Promise<string | undefined> {
  const { quotaOctets } = (await store.accounts.get(account.id)) ?? {}
  if (quotaOctets === undefined) return undefined
  const { sizeOctets } = await usageOf(store, account.id)
  const usage = Math.ceil(sizeOctets / UNIT_OCTETS)
  return formatQuota(ROOT, [{ resource: 'STORAGE', usage, limit: Math.floor(quotaOctets / UNIT_OCTETS) }])
}
