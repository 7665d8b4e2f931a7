import { createRoute, z } from '@hono/zod-openapi'
import { requireMailbox } from '../../../flows/mailboxes/require-mailbox.ts'
import { requireAccount } from '../../../flows/tenants/administer-accounts.ts'
import type { AccountId, MailboxId } from '../../../mailbox/ids.ts'
import { formatMailboxPath, parseMailboxPath } from '../../../mailbox/mailbox-path.ts'
import { type MailboxName, SPECIAL_USES } from '../../../store/mailbox-names.ts'
import { pageOfArray } from '../../../store/pages.ts'
import type { TenantStore } from '../../../store/store.ts'
import type { Api } from '../api.ts'
import { type Guards, ownStore, tenantOfCaller } from '../guards.ts'
import { listOf, pageQuery, toList } from '../lists.ts'
import { answers, BEARER, idParam, jsonBody } from '../schemas.ts'
import type { HttpServices } from '../services.ts'

const MAX_NAME = 8000

const mailboxSchema = z
  .object({
    object: z.literal('mailbox'),
    id: z.string(),
    name: z.string().openapi({ description: 'Its levels, with `/` between them.' }),
    special_use: z.enum(SPECIAL_USES).nullable(),
    subscribed: z.boolean(),
    messages: z.number().int(),
    unseen: z.number().int(),
    size_octets: z.number().int(),
    uid_validity: z.number().int(),
    uid_next: z.number().int(),
  })
  .openapi('Mailbox')

export const newMailboxSchema = z
  .object({
    name: z.string().min(1).max(MAX_NAME),
    special_use: z
      .enum(SPECIAL_USES)
      .exclude(['All', 'Flagged']) // views over other mailboxes, which there are none of here
      .optional()
      .openapi({ description: 'Taken where no other mailbox of the account has it.' }),
    subscribed: z.boolean().optional(),
  })
  .openapi('NewMailbox')

const common = { tags: ['Mailboxes'], security: BEARER }

/** Where an account keeps its messages, as IMAP shows it. */
export function mailboxes(api: Api, services: HttpServices, guards: Guards): void {
  const { store } = services
  const middleware = guards.tenant
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'get',
      path: '/accounts/{id}/mailboxes',
      summary: 'Lists the mailboxes of an account',
      request: { params: idParam, query: pageQuery },
      responses: answers(200, listOf(mailboxSchema), 'A page of mailboxes'),
    }),
    async (c) => {
      const { id } = await requireAccount(store, tenantOfCaller(c), c.req.valid('param').id)
      const own = ownStore(c, services)
      const names = (await own.mailboxes.list(id)).filter((name): name is HeldName => name.mailbox !== undefined)
      const page = pageOfArray(names, ({ mailbox }) => localOf(mailbox), c.req.valid('query'))
      const shown = await Promise.all(page.items.map((name) => show(own, name)))
      return c.json(
        toList({ items: shown, hasMore: page.hasMore }, (one) => one),
        200,
      )
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'post',
      path: '/accounts/{id}/mailboxes',
      summary: 'Sees to it that an account has a mailbox',
      description: 'Mailboxes above it are made too. One that is there already is shown as it is.',
      request: { params: idParam, body: jsonBody(newMailboxSchema) },
      responses: answers(200, mailboxSchema, 'The mailbox'),
    }),
    async (c) => {
      const { id } = await requireAccount(store, tenantOfCaller(c), c.req.valid('param').id)
      const own = ownStore(c, services)
      const { name, special_use: specialUse, subscribed } = c.req.valid('json')
      const path = parseMailboxPath(name)
      const options = {
        ...(specialUse !== undefined && { specialUse }),
        ...(subscribed !== undefined && { subscribed }),
      }
      await requireMailbox(own, id, path, options)
      return c.json(await show(own, await heldName(own, id, path)), 200)
    },
  )
}

type HeldName = MailboxName & { mailbox: MailboxId }

async function heldName(own: TenantStore, account: AccountId, path: MailboxName['path']): Promise<HeldName> {
  const mailbox = await own.mailboxes.mailbox(account, path) // throws where it went at this very moment
  return { ...(await own.mailboxes.find(account, path))!, mailbox }
}

async function show(own: TenantStore, { mailbox, path, specialUse, subscribed }: HeldName) {
  const [{ totals }, { uidvalidity }] = await Promise.all([
    own.journal.newest(mailbox),
    own.snapshots.identity(mailbox),
  ])
  return {
    object: 'mailbox' as const,
    id: localOf(mailbox),
    name: formatMailboxPath(path),
    special_use: specialUse ?? null,
    subscribed,
    messages: totals.exists,
    unseen: totals.unseen,
    size_octets: totals.sizeOctets,
    uid_validity: uidvalidity,
    uid_next: totals.uidNext,
  }
}

function localOf(mailbox: MailboxId): string {
  return mailbox.slice(mailbox.lastIndexOf('/') + 1)
}
