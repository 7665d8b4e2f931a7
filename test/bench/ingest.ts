import { startCheckedSenders } from './checked-senders.ts'
import { LineClient } from './line-client.ts'
import { type Benchmark, formatSpread, ratiosOf, spreadOf } from './measure.ts'
import { startPostfixPeer } from './postfix-peer.ts'
import { startTubepostTaker, type Taker } from './taker.ts'

const ROUNDS = 5
/** Nothing more is there after so long: nothing more will be. */
const PATIENCE_MS = 60_000
const POLL_MS = 10

interface Case {
  connections: number
  octets: number
  messages: number
  /** Each message is signed, and SPF, DKIM, DMARC and ARC of it are looked at. */
  checked: boolean
}

/** How many times faster than Postfix it is to accept, and than Postfix with Dovecot to show (DESIGN §8). */
const BUDGET = { accepted: 2, shown: 4 }
const isBudgeted = ({ connections, octets, checked }: Case) => connections === 16 && octets === 20 * 1024 && !checked

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
  about: `${one.messages} messages of ${one.octets / 1024} KiB over ${one.connections} connections, ${one.checked ? 'signed, their senders checked, ' : ''}durable before 250 and until all are in IMAP; beside Postfix that hands over to Dovecot, and checks nothing`,
  run: () => run(one),
}))

/** Messages a second, round by round. */
interface Rates {
  accepted: number[]
  shown: number[]
}

async function run(wanted: Case): Promise<string[]> {
  const senders = wanted.checked ? await startCheckedSenders() : undefined
  const body = dataOf(await (senders?.sign(contentOf(wanted.octets)) ?? contentOf(wanted.octets)))
  const takers: Taker[] = []
  try {
    takers.push(await startTubepostTaker(senders?.settings))
    const peer = await startPostfixPeer()
    if (typeof peer !== 'string') takers.push(peer)
    const rates = new Map(takers.map((taker): [Taker, Rates] => [taker, { accepted: [], shown: [] }]))
    // In turn, so that a machine that gets slower is fair to both; the first round warms up.
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const [taker, { accepted, shown }] of rates) {
        const before = await taker.count()
        const start = performance.now()
        await sendAll(taker.port, wanted, body)
        const sent = performance.now()
        await untilShown(taker, before + wanted.messages)
        if (round === 0) continue
        accepted.push((wanted.messages / (sent - start)) * 1000)
        shown.push((wanted.messages / (performance.now() - start)) * 1000)
      }
    }
    return [...linesOf(rates, wanted), ...(typeof peer === 'string' ? [`no peer: ${peer}`] : [])]
  } finally {
    await Promise.all(takers.map((taker) => taker.stop()))
    senders?.close()
  }
}

function linesOf(rates: ReadonlyMap<Taker, Rates>, wanted: Case): string[] {
  const lines = [...rates].flatMap(([{ name, shows }, { accepted, shown }]) => [
    `${name} accepted ${formatSpread(spreadOf(accepted), 'messages/s')}`,
    `${name} until ${shows} ${formatSpread(spreadOf(shown), 'messages/s')}`,
  ])
  const [ours, theirs] = [...rates].map(([{ shows }, its]) => ({ shows, ...its }))
  if (ours === undefined || theirs === undefined) return lines
  const ratio = (what: keyof Rates, hasBudget: boolean) => {
    const spread = spreadOf(ratiosOf(ours[what], theirs[what]))
    const budget = `, budget ${BUDGET[what]} ×: ${spread.median >= BUDGET[what] ? 'met' : 'missed'}`
    return `${formatSpread(spread, '×', 2)}${hasBudget && isBudgeted(wanted) ? budget : ''}`
  }
  // A Maildir is no peer that the budget is about.
  const isShownAlike = ours.shows === theirs.shows
  return [...lines, `ratio accepted ${ratio('accepted', true)}`, `ratio until there ${ratio('shown', isShownAlike)}`]
}

async function untilShown(taker: Taker, messages: number): Promise<void> {
  let [shown, since] = [0, performance.now()]
  for (;;) {
    const now = await taker.count()
    if (now >= messages) return
    if (now > shown) [shown, since] = [now, performance.now()]
    else if (performance.now() - since > PATIENCE_MS)
      throw new Error(`${taker.name}: ${messages - now} messages are not there\n${(await taker.pending()).slice(-500)}`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

/** Each connection sends its share, one message after the other, as a busy peer would. */
async function sendAll(
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
function dataOf(content: string): Buffer {
  return Buffer.from(`${content}.\r\n`)
}
