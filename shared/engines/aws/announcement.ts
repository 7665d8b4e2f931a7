/**
 * A new object as the queue port announces it, `{"name": …}`, out of S3's event notification, which has one record in practice (S3 User
 * Guide, "Event message structure"). Anything else is left as it is: undefined for what S3 sends when it is told of the queue.
 */
export function announcementOf(body: string): string | undefined {
  let said: unknown
  try {
    said = JSON.parse(body)
  } catch (error) {
    if (error instanceof SyntaxError) return body
    throw error
  }
  const { Event, Records } = (said ?? {}) as { Event?: unknown; Records?: { s3?: { object?: { key?: unknown } } }[] }
  if (Event === 's3:TestEvent') return undefined
  const key = Array.isArray(Records) && Records.length === 1 ? Records[0]?.s3?.object?.key : undefined
  // Keys are written as in the query of a URL.
  return typeof key === 'string' ? JSON.stringify({ name: decodeURIComponent(key.replaceAll('+', ' ')) }) : body
}
