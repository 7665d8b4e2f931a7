import { z } from '@hono/zod-openapi'
import { idText } from './schemas.ts'

const DEFAULT_LIMIT = 20
const MAX_LIMIT = 100

/** Query of every list (FACTS.md §4). */
export const pageQuery = z
  .object({
    limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT),
    after: idText.optional().openapi({ description: 'Id of the element before the first one wanted.' }),
    before: idText.optional().openapi({ description: 'Id of the element after the last one wanted.' }),
  })
  .refine(({ after, before }) => after === undefined || before === undefined, {
    path: ['before'],
    message: 'it does not go with `after`',
  })

export function listOf<T extends z.ZodType>(element: T) {
  return z.object({ object: z.literal('list'), has_more: z.boolean(), data: z.array(element) })
}

/** A page as the API shows it. */
export function toList<T, U>({ items, hasMore }: { items: readonly T[]; hasMore: boolean }, show: (item: T) => U) {
  return { object: 'list' as const, has_more: hasMore, data: items.map(show) }
}
