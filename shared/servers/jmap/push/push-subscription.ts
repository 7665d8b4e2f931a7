import { id, listOf, optional, readArguments, text } from '../arguments.ts'
import { type Call, SetError } from '../method.ts'
import { readSetArgs, SetOutcome } from '../set.ts'

/** PushSubscription/get (RFC 8620 §7.2.1): there are none. */
export function pushSubscriptionGet(_call: Call, given: Record<string, unknown>) {
  const { ids } = readArguments(given, { ids: optional(listOf(id)), properties: optional(listOf(text)) })
  return { list: [], notFound: ids ?? [] }
}

/** PushSubscription/set (§7.2.2): nothing is pushed to URLs of clients; EventSource and WebSocket are there for whoever listens. */
export function pushSubscriptionSet(call: Call, given: Record<string, unknown>) {
  const args = readSetArgs(call, given, '')
  const outcome = new SetOutcome()
  for (const creationId of args.create.keys()) {
    outcome.fail(
      'create',
      creationId,
      new SetError('forbidden', 'Changes are told by EventSource and WebSocket alone.'),
    )
  }
  for (const one of args.update.keys()) outcome.fail('update', one, new SetError('notFound'))
  for (const one of args.destroy) outcome.fail('destroy', one, new SetError('notFound'))
  const { oldState, newState, ...answer } = outcome.answer('', '')
  return answer
}
