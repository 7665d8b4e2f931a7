/** QUOTA (RFC 9208): GETQUOTA, GETQUOTAROOT (its argument is a mailbox, see mailbox-commands.ts), SETQUOTA and their responses. */
import { formatAstring, formatMailbox } from './format.ts'
import type { Cursor } from './tokens.ts'

export interface GetQuotaArgs {
  root: string
}

export function parseGetQuota(args: Cursor): GetQuotaArgs {
  args.space()
  const root = args.astring()
  args.end()
  return { root }
}

/** In the resource's own unit: STORAGE counts in 1,024 octets (RFC 9208 §5.1). */
export interface SetQuotaArgs {
  root: string
  limits: { resource: string; limit: number }[]
}

export function parseSetQuota(args: Cursor): SetQuotaArgs {
  args.space()
  const root = args.astring()
  args.space()
  const limits = args.list(() => {
    const resource = args.keyword()
    args.space()
    return { resource, limit: args.number64() }
  }, true)
  args.end()
  return { root, limits }
}

export interface QuotaResource {
  resource: string
  usage: number
  limit: number
}

export function formatQuota(root: string, resources: readonly QuotaResource[]): string {
  const list = resources.map(({ resource, usage, limit }) => `${resource} ${usage} ${limit}`).join(' ')
  return `* QUOTA ${formatAstring(root)} (${list})\r\n`
}

export function formatQuotaRoot(mailbox: string, roots: readonly string[], utf8: boolean): string {
  return `* QUOTAROOT ${formatMailbox(mailbox, utf8)}${roots.map((root) => ` ${formatAstring(root)}`).join('')}\r\n`
}
