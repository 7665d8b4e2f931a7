import { startServerProcess } from '../server-process.ts'
import { ACCOUNT } from './contender.ts'
import { LineClient } from './line-client.ts'

/** In a benchmark of arrivals: takes mail for alice@demo.test by SMTP, and shows it. */
export interface Taker {
  readonly name: string
  readonly port: number
  /** Where it is looked for, as a reader of figures is told. */
  readonly shows: string
  /** Messages that are there. */
  count(): Promise<number>
  /** What it says of those that are not. */
  pending(): Promise<string>
  stop(): Promise<void>
}

export async function startTubepostTaker(environment: Record<string, string> = {}): Promise<Taker> {
  const server = await startServerProcess(environment)
  const inbox = await openInbox(server.ports['imap']!)
  return {
    name: 'Tubepost',
    port: server.ports['smtp']!,
    shows: 'visible in IMAP',
    count: inbox.count,
    pending: async () => '',
    async stop() {
      inbox.close()
      await server.stop()
    },
  }
}

/** An IMAP session that counts what is in INBOX. */
export async function openInbox(port: number): Promise<{ count(): Promise<number>; close(): void }> {
  const client = await LineClient.open(port)
  await client.line()
  await client.command(`LOGIN ${ACCOUNT.user} ${ACCOUNT.password}`)
  return {
    async count() {
      client.write('x STATUS INBOX (MESSAGES)\r\n')
      const status = await client.line()
      await client.tagged()
      return Number(/MESSAGES (\d+)/.exec(status)?.[1])
    },
    close: () => client.end(),
  }
}
