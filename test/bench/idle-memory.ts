import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { constants, deflateRawSync } from 'node:zlib'
import { type Memory, memoryOf, reporting, residentOctets } from '../server-memory.ts'
import { type Contender, withContenders } from './contender.ts'
import { LineClient } from './line-client.ts'
import { dailyMessage } from './mail.ts'
import type { Benchmark } from './measure.ts'

/**
 * What is needed once is taken for so many connections; as many that come after them are weighed. Ours share a heap that takes room in
 * steps of some MiB; a peer's have processes of their own, of which a few tell.
 */
const CONNECTIONS = { ours: 3000, peers: 100 }
const MESSAGES = 10_000
const ROUNDS = 3

/** With their budgets in KiB (DESIGN §8). */
const BUDGETS = { plain: 10, TLS: 64, 'TLS and COMPRESS': 96 } as const
type Kind = keyof typeof BUDGETS
const KINDS = Object.keys(BUDGETS) as Kind[]

export const idleMemory: readonly Benchmark[] = [
  {
    name: 'idle-memory',
    about: `what each of ${CONNECTIONS.ours} connections weighs that idle, beside as many others, with a mailbox of ${MESSAGES} messages selected, against Dovecot`,
    run: runReporting,
  },
]

async function runReporting(): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tubepost-idle-'))
  const report = join(folder, 'memory.json')
  try {
    return await withContenders((contenders) => run(contenders, report), reporting(report))
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function run(contenders: readonly Contender[], report: string): Promise<string[]> {
  for (const contender of contenders) {
    const isOurs = contender === contenders[0]
    const count = isOurs ? CONNECTIONS.ours : CONNECTIONS.peers
    await contender.fill('INBOX', MESSAGES, dailyMessage)
    for (const kind of KINDS) {
      const memory = isOurs ? () => ownMemory(contender, report) : () => residentMemory(contender)
      const weights: Memory[] = []
      for (let round = 0; round < ROUNDS; round += 1) weights.push(await weigh(contender, kind, count, memory))
      const line = `${contender.name.padEnd(9)} ${kind.padEnd(18)} ${shown(weights.map((each) => each.resident))} KiB a connection`
      const inUse = `${shown(weights.map((each) => each.live))} KiB in use on the heap, budget ${BUDGETS[kind]}`
      // Said as it comes: all of it takes minutes.
      console.log(`  ${isOurs ? `${line}, ${inUse}` : line}`)
    }
  }
  return []
}

function shown(octets: readonly number[]): string {
  return octets.map((each) => (each / 1024).toFixed(1)).join(', ')
}

/** What a connection takes, each round in processes that have just begun. */
async function weigh(contender: Contender, kind: Kind, count: number, memory: () => Promise<Memory>): Promise<Memory> {
  await contender.startCold()
  const clients: LineClient[] = []
  while (clients.length < count) clients.push(await idling(contender, kind))
  const before = await memory()
  while (clients.length < 2 * count) clients.push(await idling(contender, kind))
  const after = await memory()
  for (const client of clients) client.end()
  return { live: (after.live - before.live) / count, resident: (after.resident - before.resident) / count }
}

async function ownMemory(contender: Contender, report: string): Promise<Memory> {
  await settled()
  const [pid] = await contender.processes()
  return memoryOf(pid!, report)
}

async function residentMemory(contender: Contender): Promise<Memory> {
  await settled()
  const each = await Promise.all((await contender.processes()).map(residentOctets))
  return { live: 0, resident: each.reduce((sum, octets) => sum + octets, 0) }
}

/** What a server does soon after a client came is over. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 3000))
}

async function idling({ ports, user, password }: Contender, kind: Kind): Promise<LineClient> {
  const client = await LineClient.open(ports[kind === 'plain' ? 'imap' : 'imaps']!, { tls: kind !== 'plain' })
  await client.line()
  await client.command(`LOGIN ${user} ${password}`)
  await client.command('SELECT INBOX')
  if (kind !== 'TLS and COMPRESS') {
    client.write('x IDLE\r\n')
    await client.line()
    return client
  }
  await client.command('COMPRESS DEFLATE')
  client.write(deflateRawSync('x IDLE\r\n', { finishFlush: constants.Z_SYNC_FLUSH }))
  await client.octets() // what they say is compressed as well; that they came is enough
  return client
}
