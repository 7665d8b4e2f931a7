/** Arguments taken from earlier answers of the same request (RFC 8620 §3.7). */
import { isObject } from './arguments.ts'
import { invalidArguments, MethodError } from './method.ts'

/** One entry of `methodResponses`. */
export type Answer = [name: string, args: Record<string, unknown>, callId: string]

/** Of all that one pointer with `*` may gather, so that references on references do not multiply. */
const MOST_VALUES = 100_000

/**
 * What the references of one request may bring together, in characters of JSON, about. An answer that holds another twice, which holds another twice,
 * takes no room until it is written.
 */
const MOST_CHARACTERS = 10 * 1024 * 1024

export interface ReferenceBudget {
  characters: number
}

export function newReferenceBudget(): ReferenceBudget {
  return { characters: MOST_CHARACTERS }
}

/** The arguments with every `#name` replaced. Throws MethodError 'invalidResultReference', 'invalidArguments'. */
export function resolveReferences(
  args: Record<string, unknown>,
  answers: readonly Answer[],
  budget = newReferenceBudget(),
): Record<string, unknown> {
  const resolved: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(args)) {
    if (!name.startsWith('#')) {
      // "If both are there the method MUST be rejected" (§3.7).
      if (Object.hasOwn(args, `#${name}`)) throw invalidArguments(`${name} is given twice.`, name)
      define(resolved, name, value)
      continue
    }
    const found = lookUp(value, answers)
    spend(budget, found)
    define(resolved, name.slice(1), found)
  }
  return resolved
}

function lookUp(reference: unknown, answers: readonly Answer[]): unknown {
  if (!isObject(reference)) throw unresolved('A reference is an object.')
  const { resultOf, name, path } = reference
  if (typeof resultOf !== 'string' || typeof name !== 'string' || typeof path !== 'string') {
    throw unresolved('A reference has resultOf, name and path.')
  }
  const answer = answers.find(([, , callId]) => callId === resultOf)
  if (answer === undefined) throw unresolved(`No call ${resultOf} was made before.`)
  if (answer[0] !== name) throw unresolved(`The call ${resultOf} was answered by ${answer[0]}.`)
  return evaluatePointer(answer[1], path)
}

/** A JSON Pointer (RFC 6901) in which `*` stands for every element of an array. */
export function evaluatePointer(document: unknown, path: string): unknown {
  if (path === '') return document
  if (!path.startsWith('/')) throw unresolved(`${path} is no path.`)
  const tokens = path
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
  return follow(document, tokens, { left: MOST_VALUES })
}

function follow(value: unknown, tokens: readonly string[], budget: { left: number }, at = 0): unknown {
  budget.left -= 1
  if (budget.left < 0) throw unresolved('The reference leads to too much.')
  const token = tokens[at]
  if (token === undefined) return value
  if (Array.isArray(value)) {
    if (token === '*') {
      // Arrays in an array become one (§3.7).
      return value.flatMap((one) => follow(one, tokens, budget, at + 1))
    }
    if (/^(0|[1-9][0-9]{0,9})$/.test(token) && Number(token) < value.length) {
      return follow(value[Number(token)], tokens, budget, at + 1)
    }
    throw unresolved(`There is no element ${token}.`)
  }
  if (isObject(value) && Object.hasOwn(value, token)) return follow(value[token], tokens, budget, at + 1)
  throw unresolved(`There is no ${token}.`)
}

/** Each level is gone through as often as it will be written. */
function spend(budget: ReferenceBudget, value: unknown): void {
  budget.characters -= typeof value === 'string' ? value.length + 3 : 3
  if (budget.characters < 0) throw unresolved('The references lead to too much.')
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    for (const one of value) spend(budget, one)
    return
  }
  for (const [name, one] of Object.entries(value)) {
    budget.characters -= name.length + 3
    spend(budget, one)
  }
}

/** A name like `__proto__` is a name like any other. */
function define(target: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true })
}

function unresolved(description: string): MethodError {
  return new MethodError('invalidResultReference', description)
}
