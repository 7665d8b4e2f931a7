import { bool, isId, mapOf, object, optional, readArguments, text, withDefault } from '../arguments.ts'
import { type Call, invalidArguments, MethodError } from '../method.ts'

/** Email/copy (RFC 8621 §4.7): between accounts, of which everybody here has one. */
export function emailCopy(call: Call, given: Record<string, unknown>): never {
  const { fromAccountId } = readArguments(given, {
    fromAccountId: text,
    ifFromInState: optional(text),
    ifInState: optional(text),
    create: mapOf(object),
    onSuccessDestroyOriginal: withDefault(bool, false),
    destroyFromIfInState: optional(text),
  })
  if (fromAccountId === call.accountId || !isId(fromAccountId)) {
    throw invalidArguments('fromAccountId is to be another account.', 'fromAccountId')
  }
  throw new MethodError('fromAccountNotFound')
}
