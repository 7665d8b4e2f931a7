import { pick, readGetArgs, requireKnown } from '../get.ts'
import { type Call, MethodError } from '../method.ts'
import { emailState } from './email-changes-since.ts'

/** Thread/get (RFC 8621 §3.1). */
export function threadGet(call: Call, args: Record<string, unknown>) {
  const { ids, properties } = readGetArgs(call, args)
  requireKnown(properties, ['id', 'emailIds'])
  if (ids === undefined) throw new MethodError('requestTooLarge', 'Say which Threads.')
  const state = emailState(call.mail)
  const { emails } = call.mail
  const list = ids.flatMap((id) => {
    const found = emails.emailsOf(id)
    if (found.length === 0) return []
    return [pick({ id, emailIds: found.map((number) => emails.contentOf(number)) }, properties)]
  })
  return { state, list, notFound: ids.filter((id) => !emails.hasThread(id)) }
}
