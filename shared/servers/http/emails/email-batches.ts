import { createRoute, z } from '@hono/zod-openapi'
import { derivedContentId } from '../../../flows/derived-content-id.ts'
import { type CheckedEmail, checkSending, sendEmail } from '../../../flows/emails/send-email.ts'
import type { Caller } from '../../../flows/tenants/authenticate-caller.ts'
import { requireSendingLeft } from '../../../flows/tenants/tenant-quota.ts'
import type { ContentId, TenantId } from '../../../mailbox/ids.ts'
import type { Store } from '../../../store/store.ts'
import type { Api } from '../api.ts'
import { ApiError, apiErrorOf } from '../api-error.ts'
import { type Guards, ownStore, tenantOfCaller } from '../guards.ts'
import { idempotent } from '../idempotent.ts'
import { refuseInvalid } from '../refuse-invalid.ts'
import { answers, BEARER, jsonBody } from '../schemas.ts'
import { emailSettings, type HttpServices } from '../services.ts'
import { newEmailSchema, requestOf, sentSchema } from './emails-schemas.ts'

const MAX_EMAILS = 100

interface Faults {
  index: number
  message: string
}

const batchSchema = z.object({
  data: z.array(sentSchema),
  errors: z.array(z.object({ index: z.number().int(), message: z.string() })).optional(),
})

/** Up to a hundred emails by one call. strict: all or none; permissive: those that can be. */
export function emailBatches(api: Api, services: HttpServices, guards: Guards): void {
  const { store } = services
  api.openapi(
    createRoute({
      tags: ['Emails'],
      security: BEARER,
      middleware: guards.sending,
      method: 'post',
      path: '/emails/batch',
      summary: 'Sends up to 100 emails',
      description: 'With `x-batch-validation: permissive` those are sent that can be, and `errors` names the others.',
      request: { body: jsonBody(z.array(z.unknown()).min(1).max(MAX_EMAILS)) },
      responses: answers(200, batchSchema, 'They are taken over'),
    }),
    async (c) => {
      const permissive = c.req.header('x-batch-validation') === 'permissive'
      const tenant = tenantOfCaller(c)
      const answer = await idempotent(c, ownStore(c, services), async (id) => {
        const { checked, errors } = await check(store, tenant, c.get('caller'), c.req.valid('json'), permissive)
        await requireSendingLeft(store, tenant, checked.length)
        const data = await Promise.all(
          checked.map(async ({ index, email }) => {
            const own = derivedContentId(id, String(index)) as ContentId
            await sendEmail(store, tenant, email, own, emailSettings(services, c.env))
            return { id: own as string }
          }),
        )
        return { data, ...(permissive && { errors }) }
      })
      return c.json(answer, 200)
    },
  )
}

/** Every one is looked at before the first is sent. */
async function check(store: Store, tenant: TenantId, caller: Caller, bodies: readonly unknown[], permissive: boolean) {
  const checked: { index: number; email: CheckedEmail }[] = []
  const errors: Faults[] = []
  for (const [index, body] of bodies.entries()) {
    try {
      checked.push({ index, email: await checkOne(store, tenant, caller, body) })
    } catch (error) {
      const { statusCode, errorName, message } = apiErrorOf(error)
      if (statusCode >= 500) throw error
      if (!permissive) throw new ApiError(statusCode, errorName, message)
      errors.push({ index, message })
    }
  }
  return { checked, errors }
}

async function checkOne(store: Store, tenant: TenantId, caller: Caller, body: unknown): Promise<CheckedEmail> {
  const parsed = newEmailSchema.safeParse(body)
  if (!parsed.success) refuseInvalid({ success: false, data: body, error: parsed.error, target: 'json' })
  const request = requestOf(parsed.data!)
  if (request.attachments.length > 0 || request.scheduledAt !== undefined) {
    throw new ApiError(
      400,
      'validation_error',
      'The `attachments` and `scheduled_at` fields are not supported in batches.',
    )
  }
  return checkSending(store, tenant, caller, request)
}
