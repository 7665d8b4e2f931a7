import { readFile } from 'node:fs/promises'
import { constants, deflateRawSync } from 'node:zlib'
import { type Contender, withContenders } from './contender.ts'
import { LineClient } from './line-client.ts'
import { dailyMessage } from './mail.ts'
import type { Benchmark } from './measure.ts'

/** What is needed once, the heap's room for what is new among it, is taken for these; what comes after them is weighed. */
const FIRST = 400
const CONNECTIONS = 400
const MESSAGES = 10_000
const ROUNDS = 3

/** With their budgets in KiB (DESIGN §8). */
const BUDGETS = { plain: 10, TLS: 64, 'TLS and COMPRESS': 96 } as const
type Kind = keyof typeof BUDGETS
const KINDS = Object.keys(BUDGETS) as Kind[]

export const idleMemory: readonly Benchmark[] = [
  {
    name: 'idle-memory',
    about: `what each of ${CONNECTIONS} connections weighs that idle, beside ${FIRST} others, with a mailbox of ${MESSAGES} messages selected, against Dovecot`,
    run: () => withContenders(run),
  },
]

async function run(contenders: readonly Contender[]): Promise<string[]> {
  for (const contender of contenders) {
    await contender.fill('INBOX', MESSAGES, dailyMessage)
    for (const kind of KINDS) {
      const weights: number[] = []
      for (let round = 0; round < ROUNDS; round += 1) weights.push(await weigh(contender, kind))
      const shown = weights.map((octets) => (octets / 1024).toFixed(1)).join(', ')
      const line = `${contender.name.padEnd(9)} ${kind.padEnd(18)} ${shown} KiB a connection in ${ROUNDS} rounds`
      // Said as it comes: all of it takes minutes.
      console.log(`  ${contender === contenders[0] ? `${line}, budget ${BUDGETS[kind]}` : line}`)
    }
  }
  return []
}

/** Octets a connection, each round in processes that have just begun. */
async function weigh(contender: Contender, kind: Kind): Promise<number> {
  await contender.startCold()
  const clients: LineClient[] = []
  while (clients.length < FIRST) clients.push(await idling(contender, kind))
  await settled()
  const before = await memoryOf(contender)
  while (clients.length < FIRST + CONNECTIONS) clients.push(await idling(contender, kind))
  await settled()
  const after = await memoryOf(contender)
  for (const client of clients) client.end()
  return (after - before) / CONNECTIONS
}

/** What a server does soon after a client came, garbage collection among it, is over. */
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

/** Octets of all its processes: what they have for themselves and their share of the rest (PSS). */
async function memoryOf(contender: Contender): Promise<number> {
  let sum = 0
  for (const pid of await contender.processes()) {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8')
    sum += Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024
  }
  return sum
}
