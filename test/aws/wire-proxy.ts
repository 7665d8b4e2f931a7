/**
 * Stands between the SDK and the emulator and does what emulators do not: ends pages early, throttles, loses answers after the commit,
 * sends twice, waits, and shows an old state to whoever does not ask for the newest.
 */
import { type ClientRequest, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'

export interface WireRequest {
  /** `DynamoDB.Query`, `SQS.SendMessage`, `STS.AssumeRole`, `SES.SendRawEmail` (version 1), `SES.POST /outbound-emails` (2); for S3 method and what it is about: `S3.PUT`, `S3.POST ?uploads`. */
  operation: string
  method: string
  path: string
  headers: IncomingMessage['headers']
  /** Of the JSON protocols; undefined for the others. */
  json?: Record<string, unknown>
  /** Of the query protocol. */
  form?: URLSearchParams
  body: Buffer
  /** How many requests of this operation came before it. */
  nth: number
}

export interface WireAnswer {
  status: number
  headers: Record<string, string>
  body: Buffer
}

export type Fault =
  /** An answer of our own; the emulator sees nothing. */
  | { kind: 'answer'; status: number; json?: unknown; xml?: string }
  /** The connection breaks before the request reaches the emulator. */
  | { kind: 'drop-request' }
  /** The emulator carries it out; the answer is lost. */
  | { kind: 'drop-answer' }
  /** The answer's head and this many octets of its body arrive, then the connection breaks. */
  | { kind: 'cut-answer'; octets: number }
  /** The same, but the connection stays and is silent. */
  | { kind: 'stall-answer'; octets: number }
  /** Carried out twice; the first answer is given. */
  | { kind: 'duplicate' }
  /** The request waits before it goes on. */
  | { kind: 'delay'; ms: number }
  /** The answer comes this much later than it was given. */
  | { kind: 'late-answer'; ms: number }

type OwnAnswer = Extract<Fault, { kind: 'answer' }>

export interface WireProxy {
  endpoint: string
  /** Decides what happens to each request; undefined: nothing. */
  fault: (request: WireRequest) => Fault | undefined
  /** Octets after which a Query's page ends. DynamoDB's own is 1 MB. */
  pageOctets: number
  /** Keys that a BatchGetItem answers at most; the others come back as unprocessed. */
  batchKeys: number
  /** What went by, operation by operation. */
  seen: WireRequest[]
  stop(): Promise<void>
}

const PAGE_OCTETS = 1024 * 1024
const MAX_ITEM_OCTETS = 400 * 1024
/** SES's version of the query protocol. */
const SES_V1 = '2010-12-01'
const SES_V2 = '/v2/email'

/** Whole bodies are held here: tests send what fits in memory. */
export async function startWireProxy(emulator: string): Promise<WireProxy> {
  const target = new URL(emulator)
  const counts = new Map<string, number>()
  const proxy: WireProxy = {
    endpoint: '',
    fault: () => undefined,
    pageOctets: PAGE_OCTETS,
    batchKeys: Number.POSITIVE_INFINITY,
    seen: [],
    stop,
  }
  const upstream = new Set<ClientRequest>()
  const timers = new Set<NodeJS.Timeout>()
  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch((error) => {
      // The client went away, or the emulator did: the SDK sees a broken connection either way.
      outgoing.destroy(error)
    })
  })
  // As DynamoDB and S3: a body is only asked for when it is wanted.
  server.on('checkContinue', (incoming, outgoing) => {
    outgoing.writeContinue()
    server.emit('request', incoming, outgoing)
  })

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await readAll(incoming)
    const seen = describe(incoming, body)
    const nth = counts.get(seen.operation) ?? 0
    counts.set(seen.operation, nth + 1)
    const wire: WireRequest = { ...seen, nth }
    proxy.seen.push(wire)
    const fault = proxy.fault(wire)
    switch (fault?.kind) {
      case 'answer':
        return answer(outgoing, ownAnswer(fault))
      case 'drop-request':
        incoming.socket.destroy()
        return
      case 'drop-answer':
        await forward(wire)
        incoming.socket.destroy()
        return
      case 'cut-answer': {
        const { status, headers, body: whole } = await forward(wire)
        outgoing.writeHead(status, { ...headers, 'content-length': whole.length })
        outgoing.write(whole.subarray(0, fault.octets), () => incoming.socket.destroy())
        return
      }
      case 'stall-answer': {
        const { status, headers, body: whole } = await forward(wire)
        outgoing.writeHead(status, { ...headers, 'content-length': whole.length })
        outgoing.write(whole.subarray(0, fault.octets))
        return
      }
      case 'duplicate': {
        const first = await read(wire)
        await forward(wire)
        return answer(outgoing, first)
      }
      case 'delay':
        await sleep(fault.ms)
        break
      case 'late-answer': {
        const late = await read(wire)
        await sleep(fault.ms)
        return answer(outgoing, late)
      }
    }
    answer(outgoing, await read(wire))
  }

  /** The emulator's answer, with less in it where DynamoDB would say less. */
  async function read(wire: WireRequest): Promise<WireAnswer> {
    const { operation, json } = wire
    if (operation === 'DynamoDB.Query')
      return cutPage(staleUnlessConsistent(await forward(wire), json?.['ConsistentRead']))
    if (operation === 'DynamoDB.GetItem') return staleUnlessConsistent(await forward(wire), json?.['ConsistentRead'])
    if (operation === 'DynamoDB.BatchGetItem') return readBatch(wire)
    return (await tooLarge(wire)) ?? forward(wire)
  }

  /** DynamoDB knows an update's item, and refuses to let it grow beyond 400 KB; the emulator looks at puts only. */
  async function tooLarge(wire: WireRequest): Promise<WireAnswer | undefined> {
    const parts =
      wire.operation === 'DynamoDB.TransactWriteItems' ? (wire.json?.['TransactItems'] as { Update?: Update }[]) : []
    const reasons: { Code: string }[] = []
    for (const { Update } of parts) {
      const octets =
        Update === undefined ? 0 : (await itemSize(wire, Update)) + sizeOf(Update.ExpressionAttributeValues)
      reasons.push({ Code: octets > MAX_ITEM_OCTETS ? 'ValidationError' : 'None' })
    }
    if (reasons.every(({ Code }) => Code === 'None')) return undefined
    return ownAnswer(jsonError('TransactionCanceledException', { CancellationReasons: reasons }))
  }

  async function itemSize(wire: WireRequest, { TableName, Key }: Update): Promise<number> {
    const headers = { ...wire.headers, 'x-amz-target': 'DynamoDB_20120810.GetItem' }
    const { body } = await forward({ ...wire, headers, body: Buffer.from(JSON.stringify({ TableName, Key })) })
    return sizeOf((JSON.parse(body.toString('utf8')) as { Item?: unknown }).Item)
  }

  /** The oldest state there is: nothing. */
  function staleUnlessConsistent(given: WireAnswer, consistent: unknown): WireAnswer {
    if (consistent === true || given.status !== 200) return given
    return jsonAnswer(given, { Items: [], Count: 0, ScannedCount: 0 })
  }

  function cutPage(given: WireAnswer): WireAnswer {
    if (given.status !== 200) return given
    const page = JSON.parse(given.body.toString('utf8')) as { Items?: Record<string, unknown>[] }
    const items = page.Items ?? []
    let octets = 0
    const end = items.findIndex((item) => {
      octets += Buffer.byteLength(JSON.stringify(item))
      return octets > proxy.pageOctets
    })
    // A page has at least one item, and the last item may be the one that goes over the bound.
    const kept = items.slice(0, Math.max(1, end))
    if (end < 0 || kept.length === items.length) return given
    const { pk, sk } = kept.at(-1)!
    return jsonAnswer(given, { ...page, Items: kept, Count: kept.length, LastEvaluatedKey: { pk, sk } })
  }

  async function readBatch(wire: WireRequest): Promise<WireAnswer> {
    interface Keys {
      Keys: unknown[]
      ConsistentRead?: boolean
    }
    const asked = wire.json?.['RequestItems'] as Record<string, Keys>
    const [[table, { Keys, ConsistentRead }]] = Object.entries(asked) as [[string, Keys]]
    const now = Keys.slice(0, proxy.batchKeys)
    const later = Keys.slice(proxy.batchKeys)
    const body = Buffer.from(JSON.stringify({ ...wire.json, RequestItems: { [table]: { ConsistentRead, Keys: now } } }))
    const given = await forward({ ...wire, body })
    if (given.status !== 200) return given
    if (ConsistentRead !== true) return jsonAnswer(given, { Responses: { [table]: [] }, UnprocessedKeys: {} })
    if (later.length === 0) return given
    const page = JSON.parse(given.body.toString('utf8')) as object
    return jsonAnswer(given, { ...page, UnprocessedKeys: { [table]: { ConsistentRead, Keys: later } } })
  }

  function forward({ method, path, headers, body }: WireRequest): Promise<WireAnswer> {
    return new Promise((resolve, reject) => {
      const { expect: _, 'transfer-encoding': __, ...kept } = headers
      const onward = request(
        {
          host: target.hostname,
          port: target.port,
          method,
          path,
          headers: { ...kept, host: target.host, 'content-length': String(body.length) },
        },
        (answered) => {
          readAll(answered).then((octets) => {
            const { connection: ___, 'transfer-encoding': ____, ...rest } = answered.headers
            resolve({ status: answered.statusCode ?? 502, headers: rest as Record<string, string>, body: octets })
          }, reject)
        },
      )
      upstream.add(onward)
      onward.on('close', () => upstream.delete(onward))
      onward.on('error', reject)
      onward.end(body)
    })
  }

  function sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        timers.delete(timer)
        resolve()
      }, ms)
      timers.add(timer)
    })
  }

  async function stop(): Promise<void> {
    for (const timer of timers) clearTimeout(timer)
    for (const onward of upstream) onward.destroy()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  proxy.endpoint = `http://127.0.0.1:${address.port}`
  return proxy
}

interface Update {
  TableName: string
  Key: unknown
  ExpressionAttributeValues?: unknown
}

/** Roughly: the octets of everything that is text or binary. */
function sizeOf(attributes: unknown): number {
  return JSON.stringify(attributes ?? '', (name, value) => (name === 'B' ? '='.repeat((value.length * 3) / 4) : value))
    .length
}

/** The error DynamoDB and SQS give in their JSON protocols. */
export function jsonError(name: string, more: Record<string, unknown> = {}, status = 400): OwnAnswer {
  return {
    kind: 'answer',
    status,
    json: { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: name, ...more },
  }
}

/** The error S3 gives. */
export function s3Error(code: string, status: number): OwnAnswer {
  return {
    kind: 'answer',
    status,
    xml: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
  }
}

/** The error SES gives, in version 1. */
export function sesV1Error(code: string, message: string, status = 400): OwnAnswer {
  const xml = `<ErrorResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>0</RequestId></ErrorResponse>`
  return { kind: 'answer', status, xml }
}

/** The error SES gives, in version 2. */
export function sesError(name: string, message: string, status = 400): OwnAnswer {
  return { kind: 'answer', status, json: { __type: name, message } }
}

function describe({ method = 'GET', url = '/', headers }: IncomingMessage, body: Buffer): Omit<WireRequest, 'nth'> {
  const about = { method, path: url, headers, body }
  const target = headers['x-amz-target']
  if (typeof target === 'string') {
    const [service, action] = target.split('.')
    const operation = `${service?.startsWith('DynamoDB') ? 'DynamoDB' : 'SQS'}.${action}`
    return { ...about, operation, json: JSON.parse(body.toString('utf8')) as Record<string, unknown> }
  }
  if (headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
    const form = new URLSearchParams(body.toString('utf8'))
    return { ...about, form, operation: `${form.get('Version') === SES_V1 ? 'SES' : 'STS'}.${form.get('Action')}` }
  }
  if (url.startsWith(SES_V2)) {
    const json = body.length > 0 ? { json: JSON.parse(body.toString('utf8')) as Record<string, unknown> } : {}
    return { ...about, operation: `SES.${method} ${url.slice(SES_V2.length)}`, ...json }
  }
  const query = new URL(url, 'http://s3').searchParams
  const subject = ['uploads', 'partNumber', 'uploadId', 'list-type'].find((name) => query.has(name))
  return { ...about, operation: subject === undefined ? `S3.${method}` : `S3.${method} ?${subject}` }
}

function ownAnswer({ status, json, xml }: OwnAnswer): WireAnswer {
  if (xml !== undefined) return { status, headers: { 'content-type': 'text/xml' }, body: Buffer.from(xml) }
  return { status, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: Buffer.from(JSON.stringify(json)) }
}

function jsonAnswer({ status, headers }: WireAnswer, json: unknown): WireAnswer {
  const { 'x-amz-crc32': _, ...kept } = headers // of the body as it was
  return { status, headers: kept, body: Buffer.from(JSON.stringify(json)) }
}

function answer(outgoing: ServerResponse, { status, headers, body }: WireAnswer): void {
  // HEAD has the length of what GET would give.
  outgoing.writeHead(status, outgoing.req.method === 'HEAD' ? headers : { ...headers, 'content-length': body.length })
  outgoing.end(body)
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}
