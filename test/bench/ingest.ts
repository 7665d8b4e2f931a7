import { startServerProcess } from '../server-process.ts'
import { startCheckedSenders } from './checked-senders.ts'
import { LineClient } from './line-client.ts'
import { type Benchmark, formatRatio, formatSpread, spreadOf, timed } from './measure.ts'
import { type PostfixPeer, startPostfix } from './postfix-peer.ts'

const ROUNDS = 5

interface Case {
  connections: number
  octets: number
  messages: number
  /** Each message is signed, and SPF, DKIM, DMARC and ARC of it are looked at. */
  checked: boolean
}

const SIZES = [4, 20, 1024]
const CONNECTIONS = [1, 16, 64]

/** As many as take a second or two. */
function casesOf(kib: number): Case[] {
  return CONNECTIONS.map((connections) => {
    const messages = kib >= 1024 ? 128 : connections === 1 ? 400 : 2048
    return { connections, octets: kib * 1024, messages, checked: false }
  })
}

const CASES: readonly Case[] = [
  ...SIZES.flatMap(casesOf),
  ...SIZES.flatMap(casesOf).flatMap((one) => (one.connections === 16 ? [{ ...one, checked: true }] : [])),
]

export const ingest: readonly Benchmark[] = CASES.map((one) => ({
  name: `ingest-${one.octets / 1024}k-${one.connections}${one.checked ? '-checked' : ''}`,
  about: `${one.messages} messages of ${one.octets / 1024} KiB over ${one.connections} connections, ${one.checked ? 'signed, their senders checked, ' : ''}durable before 250 and until all are there; beside Postfix, which checks nothing`,
  run: () => run(one),
}))

interface Contender {
  port: number
  /** Resolves when so many more messages can be read than when it was last called. */
  untilThere(messages: number): Promise<void>
}

/** Messages a second. */
interface Rates {
  accepted: number[]
  there: number[]
}

async function run(wanted: Case): Promise<string[]> {
  const senders = wanted.checked ? await startCheckedSenders() : undefined
  const server = await startServerProcess(senders?.settings)
  const postfix = await startPostfix()
  const body = dataOf(await (senders?.sign(contentOf(wanted.octets)) ?? contentOf(wanted.octets)))
  try {
    const ours = await tubepost(server.ports)
    const rates = new Map<Contender, Rates>([[ours, { accepted: [], there: [] }]])
    const theirs = typeof postfix === 'string' ? undefined : maildir(postfix)
    if (theirs !== undefined) rates.set(theirs, { accepted: [], there: [] })
    // In turn, so that a machine that gets slower is fair to both; the first round warms up.
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const [contender, { accepted, there }] of rates) {
        const start = performance.now()
        await sendAll(contender.port, wanted, body)
        const sent = performance.now()
        await contender.untilThere(wanted.messages)
        if (round === 0) continue
        accepted.push((wanted.messages / (sent - start)) * 1000)
        there.push((wanted.messages / (performance.now() - start)) * 1000)
      }
    }
    return [
      ...linesOf('Tubepost', 'visible in IMAP', rates.get(ours)!),
      ...(theirs === undefined ? [postfix as string] : compare(rates.get(ours)!, rates.get(theirs)!)),
    ]
  } finally {
    await server.stop()
    senders?.close()
    if (typeof postfix !== 'string') await postfix.stop()
  }
}

function linesOf(name: string, there: string, rates: Rates): string[] {
  return [
    `${name} accepted ${formatSpread(spreadOf(rates.accepted), 'messages/s')}`,
    `${name} until ${there} ${formatSpread(spreadOf(rates.there), 'messages/s')}`,
  ]
}

function compare(ours: Rates, theirs: Rates): string[] {
  return [
    ...linesOf('Postfix', 'in the Maildir', theirs),
    `ratio accepted ${formatRatio(ours.accepted, theirs.accepted)}, until there ${formatRatio(ours.there, theirs.there)}`,
  ]
}

async function tubepost(ports: Readonly<Record<string, number>>): Promise<Contender> {
  let inbox = await countInbox(ports['imap']!)
  return {
    port: ports['smtp']!,
    async untilThere(messages) {
      inbox += messages
      await untilInboxHolds(ports['imap']!, inbox)
    },
  }
}

function maildir({ port, delivered }: PostfixPeer): Contender {
  let there = 0
  return {
    port,
    async untilThere(messages) {
      there += messages
      while ((await delivered()) < there) await new Promise((resolve) => setTimeout(resolve, 10))
    },
  }
}

/** Each connection sends its share, one message after the other, as a busy peer would. */
export async function sendAll(
  port: number,
  { connections, messages }: Pick<Case, 'connections' | 'messages'>,
  body: Uint8Array,
): Promise<void> {
  let left = messages
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const client = await LineClient.open(port)
      await client.reply()
      client.write('EHLO bench.example\r\n')
      await client.reply()
      while (left-- > 0) {
        client.write('MAIL FROM:<bench@example.net>\r\nRCPT TO:<alice@demo.test>\r\nDATA\r\n')
        for (const code of ['250', '250', '354']) expectCode(await client.reply(), code)
        client.write(body)
        expectCode(await client.reply(), '250')
      }
      client.write('QUIT\r\n')
      await client.reply()
      client.end()
    }),
  )
}

function expectCode(reply: string, code: string): void {
  if (!reply.startsWith(code)) throw new Error(`${reply} instead of ${code}`)
}

export function contentOf(octets: number): string {
  const head = 'From: Bench <bench@example.net>\r\nTo: alice@demo.test\r\nSubject: a message of a benchmark\r\n\r\n'
  const line = `${'abcdefghij klmnopqrst uvwxyz 0123456789 '.repeat(2).slice(0, 76)}\r\n`
  return head + line.repeat(Math.ceil((octets - head.length) / line.length))
}

/** As DATA sends it; no line of it begins with a dot. */
export function dataOf(content: string): Buffer {
  return Buffer.from(`${content}.\r\n`)
}

export async function signedIn(port: number): Promise<LineClient> {
  const client = await LineClient.open(port)
  await client.line()
  await client.command('LOGIN alice@demo.test tubepost-demo')
  return client
}

async function countInbox(port: number): Promise<number> {
  const client = await signedIn(port)
  try {
    return await exists(client)
  } finally {
    client.end()
  }
}

async function exists(client: LineClient): Promise<number> {
  client.write('x STATUS INBOX (MESSAGES)\r\n')
  const status = await client.line()
  await client.tagged()
  return Number(/MESSAGES (\d+)/.exec(status)?.[1])
}

async function untilInboxHolds(port: number, messages: number): Promise<void> {
  const client = await signedIn(port)
  while ((await exists(client)) < messages) await timed(() => new Promise((resolve) => setTimeout(resolve, 10)))
  client.end()
}
