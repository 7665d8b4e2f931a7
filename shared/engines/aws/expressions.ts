/** Conditions and updates, which are values to us, as DynamoDB's expressions. Every name is escaped: reserved words differ over time. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { Condition, Operation } from '../../ports/table.ts'
import { encodeValue } from './attribute-values.ts'

export interface Expressions {
  ConditionExpression?: string
  UpdateExpression?: string
  ExpressionAttributeNames?: Record<string, string>
  ExpressionAttributeValues?: Record<string, AttributeValue>
}

type Update = Extract<Operation, { update: unknown }>

/** The condition and, for an update, what it does. */
export function expressionsOf(condition: Condition | undefined, update?: Update): Expressions {
  const names = new Map<string, string>()
  const values: Record<string, AttributeValue> = {}
  let count = 0
  function name(attribute: string): string {
    let alias = names.get(attribute)
    if (alias === undefined) names.set(attribute, (alias = `#n${names.size}`))
    return alias
  }
  function value(encoded: AttributeValue): string {
    const alias = `:v${count++}`
    values[alias] = encoded
    return alias
  }
  const conditions = condition === undefined ? [] : conditionTerms(condition, name, value)
  const updates = update === undefined ? [] : updateClauses(update, name, value)
  return {
    ...(conditions.length > 0 ? { ConditionExpression: conditions.join(' AND ') } : {}),
    ...(updates.length > 0 ? { UpdateExpression: updates.join(' ') } : {}),
    ...(names.size > 0
      ? { ExpressionAttributeNames: Object.fromEntries([...names].map(([attribute, alias]) => [alias, attribute])) }
      : {}),
    ...(count > 0 ? { ExpressionAttributeValues: values } : {}),
  }
}

type Name = (attribute: string) => string
type Placeholder = (value: AttributeValue) => string

function conditionTerms(condition: Condition, name: Name, value: Placeholder): string[] {
  const terms: string[] = []
  // Every item has its pk: whether that exists is whether the item does.
  if (condition.absent) terms.push(`attribute_not_exists(${name('pk')})`)
  if (condition.present) terms.push(`attribute_exists(${name('pk')})`)
  for (const [attribute, wanted] of Object.entries(condition.equals ?? {})) {
    terms.push(`${name(attribute)} = ${value(encodeValue(wanted))}`)
  }
  for (const attribute of condition.unset ?? []) terms.push(`attribute_not_exists(${name(attribute)})`)
  return terms
}

function updateClauses(update: Update, name: Name, value: Placeholder): string[] {
  const set = Object.entries(update.set ?? {}).map(
    ([attribute, to]) => `${name(attribute)} = ${value(encodeValue(to))}`,
  )
  const add = Object.entries(update.add ?? {}).map(([attribute, by]) => `${name(attribute)} ${value(encodeValue(by))}`)
  const drop = Object.entries(update.drop ?? {}).map(
    ([attribute, elements]) => `${name(attribute)} ${value(encodeValue(elements))}`,
  )
  const remove = (update.remove ?? []).map(name)
  return [
    ...(set.length > 0 ? [`SET ${set.join(', ')}`] : []),
    ...(add.length > 0 ? [`ADD ${add.join(', ')}`] : []),
    ...(drop.length > 0 ? [`DELETE ${drop.join(', ')}`] : []),
    ...(remove.length > 0 ? [`REMOVE ${remove.join(', ')}`] : []),
  ]
}
