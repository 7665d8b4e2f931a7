/** The table on DynamoDB: partition key `pk`, sort key `sk`, both strings; time to live on `expires`; no index. */
import { randomUUID } from 'node:crypto'
import {
  BatchGetItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import {
  ConflictError,
  type Item,
  type Key,
  type Operation,
  OutcomeUnknownError,
  type Page,
  type Query,
  type Table,
  ThrottledError,
} from '../../ports/table.ts'
import { checkKey, checkOperations } from '../../ports/table-limits.ts'
import { keyOf } from '../../ports/tenant-engine.ts'
import { decodeItem, encodeItem, encodeKey } from './attribute-values.ts'
import type { Counters } from './counters.ts'
import { expressionsOf } from './expressions.ts'
import { failureOf, isNamed } from './failures.ts'
import { keyRange } from './key-range.ts'
import { type Patience, pause, repeatable } from './retries.ts'
import { itemOctets, knownOctets, readUnits, transactionUnits, writeUnits } from './units.ts'

export interface TableOptions {
  /** Makes one attempt for each command: repeating is decided here, where it is known what may be repeated. */
  client: DynamoDBClient
  tableName: string
  counters: Counters
  patience: Patience
  /**
   * Learn the size of every item before and after each write, by reads that are not counted, so that write units are exact. Otherwise
   * they are a lower bound: what an update leaves in place, and what a put or delete replaces, is not known.
   */
  exactUnits?: boolean
}

const BATCH_KEYS = 100
const BATCHES_AT_ONCE = 4

export function openTable({ client, tableName, counters, patience, exactUnits = false }: TableOptions): Table {
  async function get(key: Key): Promise<Item | undefined> {
    checkKey(key)
    const command = new GetItemCommand({ TableName: tableName, Key: encodeKey(key), ConsistentRead: true })
    const answer = await repeatable(patience, () => client.send(command))
    const item = answer.Item && decodeItem(answer.Item)
    counters.readUnits += readUnits(item ? itemOctets(item) : 0, true)
    return item
  }

  async function getMany(keys: readonly Key[]): Promise<(Item | undefined)[]> {
    // DynamoDB refuses a key that is asked for twice.
    const wanted = new Map<string, Key>()
    for (const key of keys) {
      checkKey(key)
      wanted.set(nameOf(key), key)
    }
    const distinct = [...wanted.values()]
    const found = new Map<string, Item>()
    for (let at = 0; at < distinct.length; at += BATCH_KEYS * BATCHES_AT_ONCE) {
      const batches: Promise<void>[] = []
      for (let from = at; from < Math.min(distinct.length, at + BATCH_KEYS * BATCHES_AT_ONCE); from += BATCH_KEYS) {
        batches.push(getBatch(distinct.slice(from, from + BATCH_KEYS), found))
      }
      await Promise.all(batches)
    }
    for (const key of distinct) {
      const item = found.get(nameOf(key))
      counters.readUnits += readUnits(item ? itemOctets(item) : 0, true)
    }
    return keys.map((key) => found.get(nameOf(key)))
  }

  /** A batch can come back in part, for size (16 MB) or throughput: the rest is asked for again. */
  async function getBatch(keys: readonly Key[], found: Map<string, Item>): Promise<void> {
    let rest = keys.map(encodeKey)
    let idle = 0
    while (rest.length > 0) {
      const command = new BatchGetItemCommand({ RequestItems: { [tableName]: { Keys: rest, ConsistentRead: true } } })
      const answer = await repeatable(patience, () => client.send(command))
      const items = answer.Responses?.[tableName] ?? []
      for (const encoded of items) {
        const item = decodeItem(encoded)
        found.set(nameOf(item), item)
      }
      const unprocessed = answer.UnprocessedKeys?.[tableName]?.Keys ?? []
      const progress = unprocessed.length < rest.length
      rest = unprocessed
      if (rest.length === 0 || progress) {
        idle = 0
        continue
      }
      idle += 1
      if (idle >= patience.attempts) throw new ThrottledError(`${rest.length} keys stay unread`)
      await pause(patience, idle)
    }
  }

  async function query(pk: string, asked: Query = {}): Promise<Page> {
    const { reverse = false, limit, after } = asked
    checkKey({ pk, sk: after ?? '-' })
    if (limit !== undefined && (!Number.isInteger(limit) || limit < 1)) throw new RangeError(`limit ${limit}`)
    const range = keyRange(asked)
    if (range === undefined) return { items: [] }
    const command = new QueryCommand({
      TableName: tableName,
      ConsistentRead: true,
      KeyConditionExpression: ['#pk = :pk', ...(range.term === undefined ? [] : [range.term])].join(' AND '),
      ExpressionAttributeNames: { '#pk': 'pk', ...(range.term === undefined ? {} : { '#sk': 'sk' }) },
      ExpressionAttributeValues: encodeItem({ ':pk': pk, ...range.values }),
      ScanIndexForward: !reverse,
      ...(limit === undefined ? {} : { Limit: limit }),
      ...(range.after === undefined ? {} : { ExclusiveStartKey: encodeKey({ pk, sk: range.after }) }),
    })
    const answer = await repeatable(patience, () => client.send(command))
    const items = (answer.Items ?? []).map(decodeItem)
    counters.readUnits += readUnits(
      items.reduce((octets, item) => octets + itemOctets(item), 0),
      true,
    )
    const next = answer.LastEvaluatedKey?.['sk']?.S
    return next === undefined ? { items } : { items, next }
  }

  async function write(operations: readonly Operation[]): Promise<void> {
    checkOperations(operations)
    const request = requestOf(operations)
    if (request === undefined) return
    const before = await sizes(operations)
    let lost: unknown
    for (let attempt = 1; ; attempt++) {
      try {
        await request.send()
        break
      } catch (error) {
        const failed = failedConditions(error)
        if (failed !== undefined) {
          await count(operations, before, false)
          // An earlier try may have been carried out, and be what this one's condition failed on. (A transaction's token rules that out.)
          if (lost !== undefined && !request.token) throw outcomeUnknown(lost)
          throw new ConflictError(failed.map((index) => request.indices[index]!))
        }
        const failure = isContended(error) ? 'throttled' : failureOf(error)
        if (failure === 'refused') {
          // After a lost answer even a refusal (of expired credentials, say) does not tell what became of the first try.
          if (lost !== undefined) throw outcomeUnknown(lost)
          throw isNamed(error, 'ValidationException') || hasReason(error, 'ValidationError')
            ? new RangeError(error.message, { cause: error })
            : error
        }
        if (failure === 'unknown') {
          lost = error
          if (!request.repeats) throw outcomeUnknown(lost)
        }
        if (attempt >= patience.attempts) {
          if (lost !== undefined) throw outcomeUnknown(lost)
          throw new ThrottledError(`given up after ${attempt} tries`, { cause: error })
        }
      }
      await pause(patience, attempt)
    }
    await count(operations, before, true)
  }

  interface WriteRequest {
    send(): Promise<unknown>
    /** A further try cannot add to what an earlier one may have done. */
    repeats: boolean
    /** It carries a token by which DynamoDB itself knows a repeat, for ten minutes. */
    token: boolean
    /** Which of the operations each part of the request stands for. */
    indices: number[]
  }

  /** undefined: nothing to do. */
  function requestOf(operations: readonly Operation[]): WriteRequest | undefined {
    const only = operations.length === 1 ? operations[0]! : undefined
    if (only && !('check' in only)) return { ...singleRequest(only), token: false, indices: [0] }
    const parts: TransactWriteItem[] = []
    const indices: number[] = []
    for (const [index, operation] of operations.entries()) {
      const part = transactionPart(operation)
      if (part === undefined) continue
      parts.push(part)
      indices.push(index)
    }
    if (parts.length === 0) return undefined
    const command = new TransactWriteItemsCommand({ TransactItems: parts, ClientRequestToken: randomUUID() })
    return { send: () => client.send(command), repeats: true, token: true, indices }
  }

  /** A single operation by itself costs half of what it would cost in a transaction. */
  function singleRequest(operation: Exclude<Operation, { check: unknown }>): Pick<WriteRequest, 'send' | 'repeats'> {
    if ('put' in operation) {
      const command = new PutItemCommand({
        TableName: tableName,
        Item: encodeItem(operation.put),
        ...expressionsOf(operation.if),
      })
      return { send: () => client.send(command), repeats: true }
    }
    if ('delete' in operation) {
      const command = new DeleteItemCommand({
        TableName: tableName,
        Key: encodeKey(operation.delete),
        ...expressionsOf(operation.if),
      })
      return { send: () => client.send(command), repeats: true }
    }
    const command = new UpdateItemCommand({
      TableName: tableName,
      Key: encodeKey(operation.update),
      ...expressionsOf(operation.if, operation),
    })
    // A number added twice is wrong; everything else leaves the same item behind however often it is done.
    const counts = Object.values(operation.add ?? {}).some((by) => typeof by === 'number')
    return { send: () => client.send(command), repeats: !counts }
  }

  /** undefined for a check that asks nothing. */
  function transactionPart(operation: Operation): TransactWriteItem | undefined {
    const expressions = expressionsOf(operation.if, 'update' in operation ? operation : undefined)
    if ('put' in operation) return { Put: { TableName: tableName, Item: encodeItem(operation.put), ...expressions } }
    const Key = encodeKey(keyOf(operation))
    if ('delete' in operation) return { Delete: { TableName: tableName, Key, ...expressions } }
    if ('update' in operation) {
      const { UpdateExpression } = expressions
      if (UpdateExpression !== undefined)
        return { Update: { TableName: tableName, Key, ...expressions, UpdateExpression } }
      // An update of nothing still makes the item where there is none; inside a transaction it has to name something.
      const { ExpressionAttributeNames: names, ...others } = expressions
      return {
        Update: {
          TableName: tableName,
          Key,
          ...others,
          UpdateExpression: 'REMOVE #nothing',
          ExpressionAttributeNames: { ...names, '#nothing': 'nothing' },
        },
      }
    }
    const { ConditionExpression } = expressions
    if (ConditionExpression === undefined) return undefined
    return { ConditionCheck: { TableName: tableName, Key, ...expressions, ConditionExpression } }
  }

  /** Octets of the items under the operations' keys, where they are to be known. */
  async function sizes(operations: readonly Operation[]): Promise<number[]> {
    if (!exactUnits) return operations.map(() => 0)
    const found = new Map<string, Item>()
    await getBatch(operations.map(keyOf), found)
    return operations.map((operation) => {
      const item = found.get(nameOf(keyOf(operation)))
      return item === undefined ? 0 : itemOctets(item)
    })
  }

  /** A condition that failed is paid for like the write it prevented, by the item as it is. */
  async function count(operations: readonly Operation[], before: readonly number[], done: boolean): Promise<void> {
    const after =
      done && exactUnits && operations.some((operation) => 'update' in operation) ? await sizes(operations) : []
    const octets = operations.map((operation, index) =>
      Math.max(before[index]!, after[index] ?? (done ? knownOctets(operation) : 0)),
    )
    const single = operations.length === 1 && !('check' in operations[0]!)
    counters.writeUnits += single ? writeUnits(octets[0]!) : transactionUnits(octets)
  }

  return { get, getMany, query, write }
}

function nameOf({ pk, sk }: Key): string {
  return JSON.stringify([pk, sk])
}

function outcomeUnknown(cause: unknown): OutcomeUnknownError {
  return new OutcomeUnknownError('the table did not say whether it wrote', { cause })
}

/** Indices of the parts whose condition did not hold; undefined where the error is of another kind. */
function failedConditions(error: unknown): number[] | undefined {
  if (isNamed(error, 'ConditionalCheckFailedException')) return [0]
  if (!(error instanceof TransactionCanceledException)) return undefined
  const failed: number[] = []
  for (const [index, reason] of (error.CancellationReasons ?? []).entries()) {
    if (reason.Code === 'ConditionalCheckFailed') failed.push(index)
  }
  return failed.length > 0 ? failed : undefined
}

const CONTENDED = ['TransactionConflict', 'ProvisionedThroughputExceeded', 'ThrottlingError']

/** A transaction that another one or the table's throughput stood in the way of. */
function isContended(error: unknown): boolean {
  return CONTENDED.some((code) => hasReason(error, code))
}

function hasReason(error: unknown, code: string): error is TransactionCanceledException {
  return (
    error instanceof TransactionCanceledException &&
    (error.CancellationReasons ?? []).some((reason) => reason.Code === code)
  )
}
