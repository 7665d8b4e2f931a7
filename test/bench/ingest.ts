import { LineClient } from './line-client.ts'
import { type Benchmark, formatSpread, spreadOf, timed } from './measure.ts'
import { startServerProcess } from '../server-process.ts'

const ROUNDS = 5

interface Case {
  connections: number
  octets: number
  messages: number
}

const CASES: readonly Case[] = [
  { connections: 1, octets: 20 * 1024, messages: 300 },
  { connections: 16, octets: 4 * 1024, messages: 3000 },
  { connections: 16, octets: 20 * 1024, messages: 3000 },
  { connections: 64, octets: 20 * 1024, messages: 3000 },
  { connections: 16, octets: 1024 * 1024, messages: 100 },
]

export const ingest: readonly Benchmark[] = CASES.map(({ connections, octets, messages }) => ({
  name: `ingest-${octets / 1024}k-${connections}`,
  about: `${messages} messages of ${octets / 1024} KiB over ${connections} connections: durable before 250, and until all are visible in IMAP`,
  run: () => run({ connections, octets, messages }),
}))

async function run({ connections, octets, messages }: Case): Promise<string[]> {
  const server = await startServerProcess()
  try {
    const accepted: number[] = []
    const visible: number[] = []
    let inbox = await countInbox(server.ports['imap']!)
    for (let round = 0; round <= ROUNDS; round += 1) {
      inbox += messages
      const start = performance.now()
      await sendAll(server.ports['smtp']!, { connections, octets, messages })
      const sent = performance.now()
      await untilInboxHolds(server.ports['imap']!, inbox)
      if (round === 0) continue // warm-up
      accepted.push((messages / (sent - start)) * 1000)
      visible.push((messages / (performance.now() - start)) * 1000)
    }
    return [
      `accepted ${formatSpread(spreadOf(accepted), 'messages/s')}`,
      `until visible ${formatSpread(spreadOf(visible), 'messages/s')}`,
    ]
  } finally {
    await server.stop()
  }
}

/** Each connection sends its share, one message after the other, as a busy peer would. */
export async function sendAll(port: number, { connections, octets, messages }: Case): Promise<void> {
  const body = messageOf(octets)
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

function messageOf(octets: number): Buffer {
  const head = 'From: Bench <bench@example.net>\r\nTo: alice@demo.test\r\nSubject: a message of a benchmark\r\n\r\n'
  const line = `${'abcdefghij klmnopqrst uvwxyz 0123456789 '.repeat(2).slice(0, 76)}\r\n`
  const lines = Math.ceil((octets - head.length) / line.length)
  return Buffer.from(`${head}${line.repeat(lines)}.\r\n`)
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
