import { createRoute, z } from '@hono/zod-openapi'
import type { TenantId } from '../../../mailbox/ids.ts'
import type { Pop3Settings } from '../../../mailbox/pop3-settings.ts'
import { Refusal } from '../../../mailbox/refusal.ts'
import type { Store } from '../../../store/store.ts'
import type { Api } from '../api.ts'
import { type Guards, tenantOfCaller } from '../guards.ts'
import { answers, BEARER, jsonBody } from '../schemas.ts'
import type { HttpServices } from '../services.ts'

const fields = {
  retr_marks_seen: z.boolean().openapi({ description: 'What RETR has sent counts as read by IMAP and JMAP.' }),
  dele_moves_to_trash: z.boolean().openapi({ description: 'What POP3 deletes goes to Trash, where there is one.' }),
}
const pop3Schema = z.object({ object: z.literal('pop3_settings'), ...fields }).openapi('Pop3Settings')

const common = { tags: ['Accounts'], security: BEARER, path: '/pop3-settings' }

/** How POP3 treats the mailboxes of a tenant; sessions that are open go on as they began. */
export function pop3Settings(api: Api, { store }: HttpServices, guards: Guards): void {
  const middleware = guards.tenant
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'get',
      summary: 'Shows how POP3 treats mailboxes',
      responses: answers(200, pop3Schema, 'The settings'),
    }),
    async (c) => c.json(show(await settingsOf(store, tenantOfCaller(c))), 200),
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'patch',
      summary: 'Changes how POP3 treats mailboxes',
      request: { body: jsonBody(z.object(fields).partial()) },
      responses: answers(200, pop3Schema, 'The settings'),
    }),
    async (c) => {
      const tenant = tenantOfCaller(c)
      const before = await settingsOf(store, tenant)
      const { retr_marks_seen: seen, dele_moves_to_trash: trash } = c.req.valid('json')
      const pop3 = { retrMarksSeen: seen ?? before.retrMarksSeen, deleMovesToTrash: trash ?? before.deleMovesToTrash }
      if (!(await store.tenants.change(tenant, { pop3 }))) throw notFound()
      return c.json(show(pop3), 200)
    },
  )
}

async function settingsOf(store: Store, tenant: TenantId): Promise<Pop3Settings> {
  const found = await store.tenants.get(tenant)
  if (found === undefined) throw notFound()
  return found.pop3
}

function notFound(): Refusal {
  return new Refusal('not-found', 'Tenant not found')
}

function show({ retrMarksSeen, deleMovesToTrash }: Pop3Settings) {
  return {
    object: 'pop3_settings' as const,
    retr_marks_seen: retrMarksSeen,
    dele_moves_to_trash: deleMovesToTrash,
  }
}
