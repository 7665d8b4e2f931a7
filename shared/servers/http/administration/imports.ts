import { createRoute, z } from '@hono/zod-openapi'
import { FRAMES_TYPE, type Frame, readFrames } from '../../../codec/message-frames.ts'
import { exportMessages } from '../../../flows/mailboxes/export-messages.ts'
import {
  type ImportResult,
  type IncomingImport,
  importMessages,
  knownImports,
  MOST_KEYS,
} from '../../../flows/mailboxes/import-messages.ts'
import { requireAccount } from '../../../flows/tenants/administer-accounts.ts'
import { parseMailboxPath } from '../../../mailbox/mailbox-path.ts'
import type { Api } from '../api.ts'
import { ApiError } from '../api-error.ts'
import { type Guards, ownStore, tenantOfCaller } from '../guards.ts'
import { answers, BEARER, errorSchema, idParam, jsonBody } from '../schemas.ts'
import type { HttpServices } from '../services.ts'

const MAX_KEY = 2000
const MAX_FLAGS = 200
const MAX_FLAG = 100
/** Of one export call, unless it asks for fewer. */
const EXPORTED_MESSAGES = 500
const EXPORTED_OCTETS = 16 * 1024 * 1024
const MESSAGE_TYPE = 'message/rfc822'

const key = z.string().min(1).max(MAX_KEY)
const mailboxQuery = z.object({ mailbox: z.string().min(1).max(8000).default('INBOX') })
const uid = z.coerce.number().int().min(0).max(0xffff_ffff)

/** What stands before each message, and in the query where there is one message alone. */
const headerSchema = z.object({
  key: key.optional(),
  flags: z.array(z.string().max(MAX_FLAG)).max(MAX_FLAGS).default([]),
  received_at: z.iso.datetime({ offset: true }).optional(),
})

const resultSchema = z.object({
  key: z.string().optional(),
  status: z.enum(['imported', 'known', 'refused']),
  uid: z.number().int().optional(),
  message: z.string().optional(),
})

const importSchema = z
  .object({
    object: z.literal('import'),
    imported: z.number().int(),
    known: z.number().int(),
    refused: z.number().int(),
    data: z.array(resultSchema),
  })
  .openapi('Import')

const common = { tags: ['Import and export'], security: BEARER }

/** Whole mailboxes in and out, many messages a call. */
export function imports(api: Api, services: HttpServices, guards: Guards): void {
  const { store, limits } = services
  api.openapi(
    createRoute({
      ...common,
      middleware: guards.tenantStreaming,
      method: 'post',
      path: '/accounts/{id}/import',
      summary: 'Puts messages into a mailbox as they were elsewhere',
      description:
        `As \`${FRAMES_TYPE}\`: for each message a line of JSON with its \`size\` in octets, \`flags\` (IMAP's names), \`received_at\` and ` +
        '`key`, then its octets, then the next line. A message with a `key` comes into the account once, however often it is sent. ' +
        `As \`${MESSAGE_TYPE}\`: one message, with \`flag\`, \`received_at\` and \`key\` in the query. What was taken before an error stays.`,
      request: {
        params: idParam,
        query: mailboxQuery.extend({
          key: key.optional(),
          flag: z.union([z.array(z.string().max(MAX_FLAG)).max(MAX_FLAGS), z.string().max(MAX_FLAG)]).optional(),
          received_at: z.iso.datetime({ offset: true }).optional(),
        }),
        body: {
          required: true,
          content: {
            [FRAMES_TYPE]: { schema: z.string().openapi({ format: 'binary' }) },
            [MESSAGE_TYPE]: { schema: z.string().openapi({ format: 'binary' }) },
          },
        },
      },
      responses: answers(200, importSchema, 'What became of each message, in their order'),
    }),
    async (c) => {
      const { id } = await requireAccount(store, tenantOfCaller(c), c.req.valid('param').id)
      const own = ownStore(c, services)
      const { mailbox: name, flag, ...query } = c.req.valid('query')
      const mailbox = await own.mailboxes.mailbox(id, parseMailboxPath(name))
      const body = c.req.raw.body ?? new Response('').body!
      const type = (c.req.header('content-type') ?? '').split(';', 1)[0]!.trim().toLowerCase()
      if (type !== FRAMES_TYPE && type !== MESSAGE_TYPE) {
        throw new ApiError(400, 'validation_error', `The body has to be ${FRAMES_TYPE} or ${MESSAGE_TYPE}.`)
      }
      const messages =
        type === FRAMES_TYPE
          ? framed(body)
          : single(body, {
              ...query,
              flags: typeof flag === 'string' ? [flag] : (flag ?? []),
              size: declaredSize(c.req.header('content-length')),
            })
      const results = await importMessages(own, store.engine.spool, mailbox, messages, limits)
      return c.json(showImport(results), 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware: guards.tenant,
      method: 'post',
      path: '/accounts/{id}/import/known',
      summary: 'Says which messages have come in before',
      description: 'So that an import that was cut off need not send them again.',
      request: { params: idParam, body: jsonBody(z.object({ keys: z.array(key).max(MOST_KEYS) })) },
      responses: answers(200, z.object({ object: z.literal('list'), data: z.array(z.string()) }), 'Their keys'),
    }),
    async (c) => {
      const { id } = await requireAccount(store, tenantOfCaller(c), c.req.valid('param').id)
      const data = await knownImports(ownStore(c, services), id, c.req.valid('json').keys)
      return c.json({ object: 'list' as const, data }, 200)
    },
  )
  api.openapi(
    createRoute({
      ...common,
      middleware: guards.tenant,
      method: 'get',
      path: '/accounts/{id}/export',
      summary: 'Gives the messages of a mailbox with their flags and dates',
      description:
        `As \`${FRAMES_TYPE}\`: for each message a line of JSON with \`uid\`, \`id\`, \`flags\`, \`received_at\` and \`size\`, then its octets. The last ` +
        'line is `{"end":true,"after":…}`: the UID to ask on after, or null. Without that line the answer was cut off.',
      request: {
        params: idParam,
        query: mailboxQuery.extend({
          after: uid.default(0).openapi({ description: 'UID of the message before the first one wanted.' }),
          limit: z.coerce.number().int().min(1).max(EXPORTED_MESSAGES).default(EXPORTED_MESSAGES),
          max_octets: z.coerce
            .number()
            .int()
            .min(1)
            .max(EXPORTED_OCTETS)
            .default(EXPORTED_OCTETS)
            .openapi({ description: 'The answer ends with the message that reaches so many.' }),
        }),
      },
      responses: {
        200: {
          description: 'The messages',
          content: { [FRAMES_TYPE]: { schema: z.string().openapi({ format: 'binary' }) } },
        },
        default: { description: 'What went wrong', content: { 'application/json': { schema: errorSchema } } },
      },
    }),
    async (c) => {
      const { id } = await requireAccount(store, tenantOfCaller(c), c.req.valid('param').id)
      const own = ownStore(c, services)
      const { mailbox: name, after, limit, max_octets: octets } = c.req.valid('query')
      const mailbox = await own.mailboxes.mailbox(id, parseMailboxPath(name))
      const frames = await exportMessages(own, mailbox, { after, messages: limit, octets })
      return c.body(ReadableStream.from(frames) as ReadableStream, 200, {
        'content-type': FRAMES_TYPE,
        'cache-control': 'private, no-store',
      })
    },
  )
}

async function* framed(body: AsyncIterable<Uint8Array>): AsyncGenerator<IncomingImport> {
  for await (const { header, sizeOctets, content } of readFrames(body)) {
    yield { ...fieldsOf(header), sizeOctets, content }
  }
}

async function* single(
  body: AsyncIterable<Uint8Array>,
  { size, ...header }: { size: number; flags: readonly string[] },
): AsyncGenerator<IncomingImport> {
  yield { ...fieldsOf(header), sizeOctets: size, content: body }
}

/** One message alone is held to its size by its length: without one nobody knows what comes. */
function declaredSize(length: string | undefined): number {
  if (length === undefined) throw new ApiError(400, 'validation_error', 'The request has to say its Content-Length.')
  return Number(length)
}

function fieldsOf(header: Frame['header']): Pick<IncomingImport, 'key' | 'flags' | 'internalDate'> {
  const parsed = headerSchema.safeParse(header)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new ApiError(
      400,
      'validation_error',
      `A message's \`${issue?.path.join('.')}\` is invalid: ${issue?.message}.`,
    )
  }
  const { key, flags, received_at: receivedAt } = parsed.data
  return {
    flags,
    ...(key !== undefined && { key }),
    // What a clock of before 1970 said is kept as the earliest there is.
    ...(receivedAt !== undefined && { internalDate: Math.max(0, Date.parse(receivedAt)) }),
  }
}

function showImport(results: readonly ImportResult[]) {
  const count = (status: ImportResult['status']) => results.filter((result) => result.status === status).length
  return {
    object: 'import' as const,
    imported: count('imported'),
    known: count('known'),
    refused: count('refused'),
    data: results.map((result) => ({
      ...(result.key !== undefined && { key: result.key }),
      status: result.status,
      ...(result.status === 'imported' && { uid: result.uid }),
      ...(result.status === 'refused' && { message: result.reason }),
    })),
  }
}
