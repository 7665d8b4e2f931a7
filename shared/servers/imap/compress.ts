import { formatCondition } from '../../codec/imap/format.ts'
import { CompressedConnection } from './compressed-connection.ts'
import { bad, type Done, no } from './done.ts'
import type { Authenticated } from './session.ts'

/** COMPRESS (RFC 4978): all that follows the answer is deflated, both ways. */
export async function compress(
  session: Authenticated,
  { algorithm }: { algorithm: string },
): Promise<Done | undefined> {
  if (algorithm !== 'DEFLATE') return bad('There is no such algorithm')
  if (session.connection instanceof CompressedConnection) return no('It is compressed already', ['COMPRESSIONACTIVE'])
  session.out.add(formatCondition(session.tag, 'OK', 'DEFLATE active'))
  await session.out.flush()
  const compressed = new CompressedConnection(session.connection, session.reader.takeRest())
  session.connection = compressed
  session.out.connection = compressed
  return undefined
}
