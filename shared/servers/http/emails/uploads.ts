import { createRoute, z } from '@hono/zod-openapi'
import { beginUpload } from '../../../flows/emails/upload-attachment.ts'
import { BlobExistsError } from '../../../ports/blobs.ts'
import type { Api } from '../api.ts'
import { ApiError } from '../api-error.ts'
import { type Guards, ownStore } from '../guards.ts'
import { answers, BEARER, jsonBody, timeText } from '../schemas.ts'
import type { HttpServices } from '../services.ts'

const newUploadSchema = z
  .object({
    size: z.number().int().positive().openapi({ description: 'Octets.' }),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'it takes a SHA-256 in hexadecimal, in lower case')
      .openapi({ description: 'SHA-256 of the octets, in hexadecimal: others are refused.' }),
  })
  .openapi('NewUpload')

const uploadSchema = z
  .object({
    object: z.literal('upload'),
    id: z.string(),
    method: z.literal('PUT'),
    url: z.string(),
    headers: z.record(z.string(), z.string()).openapi({ description: 'To be sent with the PUT as they stand.' }),
    expires_at: z.string(),
  })
  .openapi('Upload')

/** Large attachments, sent past the API: a link to put them by, and an id to attach them by. */
export function uploads(api: Api, services: HttpServices, guards: Guards): void {
  api.openapi(
    createRoute({
      tags: ['Emails'],
      security: BEARER,
      middleware: guards.sending,
      method: 'post',
      path: '/uploads',
      summary: 'Makes a link that a large attachment is put by',
      description:
        'PUT the octets to `url` with `headers` within the hour; then attach them to an email with `upload_id`, as often as ' +
        'needed, within a day. What is larger than a request may be is sent this way.',
      request: { body: jsonBody(newUploadSchema) },
      responses: answers(201, uploadSchema, 'The link'),
    }),
    async (c) => {
      const { size, sha256 } = c.req.valid('json')
      const wanted = { length: size, sha256 }
      const { id, url, headers, expiresAt } = await beginUpload(ownStore(c, services), wanted, services.limits)
      const shown = { object: 'upload' as const, id: id as string, method: 'PUT' as const, url, headers }
      return c.json({ ...shown, expires_at: timeText(expiresAt) }, 201)
    },
  )
  receivePuts(api, services)
}

/** Where the engine's links lead here, the octets come here, too. */
function receivePuts(api: Api, { store, limits, verifyUpload }: HttpServices): void {
  if (verifyUpload === undefined) return
  api.put('/blobs/*', async (c) => {
    const upload = verifyUpload(new URL(c.req.url))
    if (upload === undefined) throw new ApiError(404, 'not_found', 'The link is over, or was never one')
    const { name, length, sha256 } = upload
    const refusal = new ApiError(400, 'validation_error', 'These are not the octets that the link was made for.')
    const { spool, blobs } = store.engine
    const writer = spool.create({ memoryOctets: limits.spoolMemoryOctets })
    try {
      let octets = 0
      for await (const chunk of c.req.raw.body ?? []) {
        octets += chunk.length
        if (octets > length) throw refusal
        await writer.write(chunk)
      }
      const source = await writer.finish()
      if (source.length !== length || source.sha256 !== sha256) throw refusal
      await blobs.put(name, source)
      return c.json({})
    } catch (error) {
      if (error instanceof BlobExistsError) throw refusal
      throw error
    } finally {
      await writer.discard()
    }
  })
}
