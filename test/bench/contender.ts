import { startServerProcess } from '../server-process.ts'
import { fillMailbox } from './fill-mailbox.ts'
import { forgetFiles } from './forget-files.ts'
import { LineClient } from './line-client.ts'
import { isDovecotInstalled, startDovecot } from './peers/dovecot.ts'

/** A mail server in a benchmark: ours or a peer, with one account that has nothing but what the benchmark puts there. */
export interface Contender {
  readonly name: string
  readonly user: string
  readonly password: string
  readonly ports: Readonly<Record<string, number>>
  /** Its processes, as their memory is added up. */
  processes(): Promise<number[]>
  /** Ends it and starts it on the same data, with nothing in memory, the system's included, nor made ready by earlier reads. */
  startCold(): Promise<void>
  /** Puts messages into a new mailbox (or INBOX) in whatever way is quick; what is measured is not this. */
  fill(mailbox: string, count: number, messageOf: (number: number) => Uint8Array): Promise<void>
  stop(): Promise<void>
}

/** Limits that would otherwise count the many connections that a benchmark makes from one address to one account. */
const ROOM = { TUBEPOST_LIMIT_CONNECTIONS_PER_IP: '20000', TUBEPOST_LIMIT_CONNECTIONS_PER_ACCOUNT: '20000' }

export const ACCOUNT = { user: 'alice@demo.test', password: 'tubepost-demo' }

export async function startTubepost(environment: Record<string, string> = {}): Promise<Contender> {
  const server = await startServerProcess({ ...ROOM, ...environment })
  return {
    name: 'Tubepost',
    ...ACCOUNT,
    get ports() {
      return server.ports
    },
    processes: async () => [server.pid],
    startCold: () => server.whileStopped(() => forgetFiles(server.data)),
    fill: (...what) => fillMailbox(server, ...what),
    stop: () => server.stop(),
  }
}

/** Ours first, then the peers that are installed; stopped when `work` is done. */
export async function withContenders<T>(
  work: (contenders: readonly Contender[]) => Promise<T>,
  environment: Record<string, string> = {},
): Promise<T> {
  const contenders = [await startTubepost(environment)]
  try {
    if (await isDovecotInstalled()) contenders.push(await startDovecot())
    else console.log('  no peer: dovecot-imapd and dovecot-pop3d are not installed')
    return await work(contenders)
  } finally {
    await Promise.all(contenders.map((contender) => contender.stop()))
  }
}

/** An IMAP session that has signed in. */
export async function imapSession({ ports, user, password }: Contender): Promise<LineClient> {
  const client = await LineClient.open(ports['imap']!)
  await client.line()
  await client.command(`LOGIN ${user} ${password}`)
  return client
}
