import { holdsHalfCharacters, isJsonWithin } from '../../codec/json-shape.ts'
import type { Account } from '../../store/accounts.ts'
import { countCommand } from '../command-metrics.ts'
import { isObject } from './arguments.ts'
import { CAPABILITIES } from './capabilities.ts'
import { methodErrorOf } from './mail-errors.ts'
import { type Call, invalidArguments, type JmapServices, MethodError } from './method.ts'
import { METHODS } from './methods.ts'
import { openCall } from './open-call.ts'
import { touchAccount } from './push/account-feed.ts'
import { type Answer, newReferenceBudget, type ReferenceBudget, resolveReferences } from './references.ts'
import { sessionState } from './session-object.ts'

/** RFC 8620 §3.6.1: the request as a whole cannot be worked on. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly type: 'unknownCapability' | 'notJSON' | 'notRequest' | 'limit'
  readonly limit: string | undefined

  constructor(type: RequestError['type'], detail: string, limit?: string) {
    super(detail)
    this.type = type
    this.limit = limit
  }

  /** As a problem (RFC 7807), which is also how WebSocket tells it (RFC 8887 §4.3.2). */
  toProblem(): Record<string, unknown> {
    return {
      type: `urn:ietf:params:jmap:error:${this.type}`,
      status: 400,
      detail: this.message,
      ...(this.limit !== undefined && { limit: this.limit }),
    }
  }
}

export interface JmapResponse {
  methodResponses: Answer[]
  createdIds?: Record<string, string>
  sessionState: string
}

/** Of objects and lists within each other: a body structure of fifty levels has its room. */
const MOST_LEVELS = 200
/** Of values in a request. */
const MOST_VALUES = 1_000_000

/** Methods that change nothing. */
const READING = /\/(get|changes|query|queryChanges|parse|echo)$/

interface JmapRequest {
  using: readonly string[]
  methodCalls: readonly Answer[]
  createdIds: Record<string, string> | undefined
}

/** What a client sent, as the value that it is. I-JSON is UTF-8, and nothing else (RFC 7493 §2.1). Throws RequestError. */
export function readRequestJson(octets: Uint8Array): unknown {
  if (!isJsonWithin(octets, { levels: MOST_LEVELS, values: MOST_VALUES })) {
    throw new RequestError('notRequest', 'The request is nested too deeply, or has too many values.')
  }
  // I-JSON (RFC 8620 §3.6.1, RFC 7493 §2.1).
  if (holdsHalfCharacters(octets)) throw new RequestError('notJSON', 'A surrogate stands alone.')
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(octets))
  } catch {
    throw new RequestError('notJSON', 'The request is no JSON.')
  }
}

/** Answers a Request object (RFC 8620 §3.3), its calls in their order. Throws RequestError. */
export async function answerRequest(services: JmapServices, account: Account, body: unknown): Promise<JmapResponse> {
  const request = readRequest(services, body)
  const call = await openCall(services, account, new Map(Object.entries(request.createdIds ?? {})))
  const answers: Answer[] = []
  const budget = newReferenceBudget()
  for (const [name, args, callId] of request.methodCalls) {
    answers.push(await answerCall(call, request.using, [name, args, callId], answers, budget))
    // What a call makes us do is answered right after it, under its id (RFC 8620 §5.4).
    for (const next of call.following.splice(0)) {
      answers.push(await answerCall(call, request.using, [next.name, next.args, callId], [], budget))
    }
  }
  // Its other clients hear at once of what no mailbox tells; of Emails too, without waiting for the hint.
  if (request.methodCalls.some(([name]) => !READING.test(name))) touchAccount(services, account.id)
  return {
    methodResponses: answers,
    ...(request.createdIds !== undefined && { createdIds: Object.fromEntries(call.createdIds) }),
    sessionState: sessionState(services, account),
  }
}

async function answerCall(
  call: Call,
  using: readonly string[],
  [name, given, callId]: Answer,
  before: readonly Answer[],
  budget: ReferenceBudget,
): Promise<Answer> {
  const startedMs = performance.now()
  const answer = await runCall(call, using, [name, given, callId], before, budget)
  // Of names that we know alone, so that no client makes more of them.
  const command = Object.hasOwn(METHODS, name) ? name : 'none'
  countCommand('jmap', command, answer[0] === 'error' ? String(answer[1]['type']) : 'ok', startedMs)
  return answer
}

async function runCall(
  call: Call,
  using: readonly string[],
  [name, given, callId]: Answer,
  before: readonly Answer[],
  budget: ReferenceBudget,
): Promise<Answer> {
  try {
    const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined
    if (method === undefined || !using.includes(method.capability)) throw new MethodError('unknownMethod')
    const args = resolveReferences(given, before, budget)
    if (method.accountless) return [name, await method.run(call, args), callId]
    const { accountId, ...own } = args
    if (typeof accountId !== 'string') throw invalidArguments('accountId is to be a string.', 'accountId')
    if (accountId !== call.accountId) throw new MethodError('accountNotFound')
    return [name, { accountId, ...(await method.run(call, own)) }, callId]
  } catch (error) {
    return ['error', methodErrorOf(error, name), callId]
  }
}

function readRequest({ limits }: JmapServices, body: unknown): JmapRequest {
  if (!isObject(body)) throw new RequestError('notRequest', 'A request is an object.')
  const { using, methodCalls, createdIds } = body
  if (!Array.isArray(using) || !using.every((urn) => typeof urn === 'string')) {
    throw new RequestError('notRequest', '`using` is to be a list of capabilities.')
  }
  for (const urn of using as string[]) {
    if (!Object.hasOwn(CAPABILITIES, urn)) {
      throw new RequestError('unknownCapability', `The server has no capability ${urn.slice(0, 100)}.`)
    }
  }
  if (!Array.isArray(methodCalls) || !methodCalls.every(isInvocation)) {
    throw new RequestError('notRequest', '`methodCalls` is to be a list of [name, arguments, id].')
  }
  if (methodCalls.length > limits.jmapCallsInRequest) {
    throw new RequestError(
      'limit',
      `A request has at most ${limits.jmapCallsInRequest} method calls.`,
      'maxCallsInRequest',
    )
  }
  if (createdIds !== undefined && createdIds !== null) {
    const valid = isObject(createdIds) && Object.values(createdIds).every((id) => typeof id === 'string')
    if (!valid) throw new RequestError('notRequest', '`createdIds` is to be a map of ids.')
  }
  return {
    using: using as string[],
    methodCalls,
    createdIds: (createdIds as Record<string, string> | null | undefined) ?? undefined,
  }
}

function isInvocation(value: unknown): value is Answer {
  return (
    Array.isArray(value) &&
    value.length === 3 &&
    typeof value[0] === 'string' &&
    isObject(value[1]) &&
    typeof value[2] === 'string'
  )
}
