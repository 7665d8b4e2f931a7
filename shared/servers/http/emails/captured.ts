import { createRoute, z } from '@hono/zod-openapi'
import {
  type Captured,
  type CapturedMessage,
  clearCaptured,
  linkCaptured,
  pageOfCaptured,
  requireCaptured,
} from '../../../flows/emails/read-captured.ts'
import type { Api } from '../api.ts'
import { type Guards, ownStore } from '../guards.ts'
import { listOf, pageQuery, toList } from '../lists.ts'
import { answers, BEARER, idParam, timeText } from '../schemas.ts'
import type { HttpServices } from '../services.ts'
import { receivedAttachmentSchema, showAttachment } from './received-schemas.ts'

const fields = {
  id: z.string(),
  created_at: z.string(),
  reverse_path: z.string(),
  recipients: z.array(z.string()).openapi({ description: 'The first of them, where there are very many.' }),
  recipients_count: z.number().int(),
  from: z.string(),
  to: z.string(),
  subject: z.string(),
  size: z.number().int(),
}
const listedSchema = z.object(fields).openapi('ListedCapturedMessage')
const capturedSchema = z
  .object({
    object: z.literal('captured_message'),
    ...fields,
    html: z.string().nullable(),
    text: z.string().nullable(),
    headers: z.record(z.string(), z.string()),
    attachments: z.array(receivedAttachmentSchema),
    download_url: z.string().openapi({ description: 'To the message as it would have gone, for five minutes.' }),
  })
  .openapi('CapturedMessage')

const common = { tags: ['Captured'], security: BEARER }

/** What would have left, where the relay is `capture`: for whoever tries a program out. */
export function captured(api: Api, services: HttpServices, guards: Guards): void {
  if (!services.showsCaptured) return
  const middleware = guards.tenant
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'get',
      path: '/captured',
      summary: 'Lists messages that would have left, the newest first',
      request: { query: pageQuery },
      responses: answers(200, listOf(listedSchema), 'A page of messages'),
    }),
    async (c) => c.json(toList(await pageOfCaptured(ownStore(c, services), c.req.valid('query')), showListed), 200),
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'get',
      path: '/captured/{id}',
      summary: 'Shows a message that would have left',
      request: { params: idParam },
      responses: answers(200, capturedSchema, 'The message'),
    }),
    async (c) => {
      const own = ownStore(c, services)
      const found = await requireCaptured(own, c.req.valid('param').id, services.limits)
      return c.json(show(found, await linkCaptured(own, found)), 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware,
      method: 'delete',
      path: '/captured',
      summary: 'Forgets all messages that would have left',
      responses: answers(
        200,
        z.object({ object: z.literal('captured_messages'), deleted: z.number().int() }),
        'They are gone',
      ),
    }),
    async (c) => {
      const deleted = await clearCaptured(ownStore(c, services))
      return c.json({ object: 'captured_messages' as const, deleted }, 200)
    },
  )
}

function showListed({ id, capturedAt, reversePath, forwardPaths, recipients, sizeOctets, headers }: Captured) {
  return {
    id,
    created_at: timeText(capturedAt),
    reverse_path: reversePath,
    recipients: [...forwardPaths],
    recipients_count: recipients,
    from: headers['from'] ?? '',
    to: headers['to'] ?? '',
    subject: headers['subject'] ?? '',
    size: sizeOctets,
  }
}

function show(message: CapturedMessage, url: string) {
  const { html, text, headers, attachments } = message
  return {
    object: 'captured_message' as const,
    ...showListed(message),
    html,
    text,
    headers: { ...headers },
    attachments: attachments.map(showAttachment),
    download_url: url,
  }
}
