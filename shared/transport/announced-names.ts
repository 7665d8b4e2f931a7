/**
 * The names of objects in a message of the queues `arrivals` and `outgoing`: one as the sweep writes it, any number as S3 announces them,
 * none in what S3 sends when it is told of the queue. Throws on anything else.
 */
export function announcedNames(body: string): string[] {
  const said: unknown = JSON.parse(body)
  if (isObject(said)) {
    if (typeof said['name'] === 'string') return [said['name']]
    if (said['Event'] === 's3:TestEvent') return []
    if (Array.isArray(said['Records'])) return said['Records'].map(nameIn)
  }
  throw new Error('an announcement without a name')
}

function nameIn(record: unknown): string {
  const s3 = isObject(record) ? record['s3'] : undefined
  const object = isObject(s3) ? s3['object'] : undefined
  const key = isObject(object) ? object['key'] : undefined
  if (typeof key !== 'string') throw new Error('a record of S3 without a name')
  // As in the query of a URL (S3 User Guide, "Event message structure").
  return decodeURIComponent(key.replaceAll('+', ' '))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
