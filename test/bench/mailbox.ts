import { openEmbeddedEngine } from '../../shared/engines/embedded/engine.ts'
import { appendMessages } from '../../shared/flows/append-messages.ts'
import { foldMailbox } from '../../shared/flows/fold-mailbox.ts'
import { flagsOf } from '../../shared/mailbox/flags.ts'
import type { TenantId } from '../../shared/mailbox/ids.ts'
import { sourceOf } from '../../shared/ports/blob-source.ts'
import { openStore } from '../../shared/store/store.ts'
import { startServerProcess } from '../server-process.ts'
import { signedIn } from './ingest.ts'
import { type Benchmark, formatSpread, spreadOf, timed } from './measure.ts'

const ROUNDS = 5
const MAILBOX = 'Bench'

const COMMANDS = [
  ['SELECT', `SELECT ${MAILBOX}`],
  ['FETCH 1:* (FLAGS UID)', 'FETCH 1:* (FLAGS UID)'],
  ['FETCH 1:* (ENVELOPE BODYSTRUCTURE)', 'FETCH 1:* (ENVELOPE BODYSTRUCTURE)'],
  ['STORE 1:* +FLAGS.SILENT', 'STORE 1:* +FLAGS.SILENT (\\Seen)'],
  ['STORE 1:* -FLAGS.SILENT', 'STORE 1:* -FLAGS.SILENT (\\Seen)'],
  ['SEARCH SUBJECT', 'SEARCH SUBJECT "number 77"'],
  ['SEARCH TEXT', 'SEARCH TEXT "nothing holds this"'],
] as const

export const mailbox: readonly Benchmark[] = [10_000, 100_000].map((count) => ({
  name: `mailbox-${count / 1000}k`,
  about: `SELECT, FETCH, STORE and SEARCH of everything in a mailbox of ${count} messages, cold (first after a start) and warm`,
  run: () => run(count),
}))

async function run(count: number): Promise<string[]> {
  const server = await startServerProcess()
  try {
    const port = () => server.ports['imap']!
    await server.restart()
    await fillMailbox(server, count)
    const cold = new Map<string, number>()
    const warm = new Map<string, number[]>(COMMANDS.map(([name]) => [name, []]))
    for (let round = 0; round <= ROUNDS; round += 1) {
      const client = await signedIn(port())
      for (const [name, command] of COMMANDS) {
        const ms = await timed(() => client.command(command))
        if (round === 0) cold.set(name, ms)
        else warm.get(name)!.push(ms)
      }
      client.end()
    }
    return COMMANDS.map(([name]) => {
      return `${name.padEnd(36)} warm ${formatSpread(spreadOf(warm.get(name)!), 'ms', 1)}, cold ${cold.get(name)!.toFixed(1)} ms`
    })
  } finally {
    await server.stop()
  }
}

/** Fills the mailbox through the store, with the server stopped: what is measured is reading. */
async function fillMailbox(
  server: { data: string; restart(): Promise<void>; pid: number },
  count: number,
): Promise<void> {
  process.kill(server.pid, 'SIGKILL')
  const engine = await openWhenFree(server.data)
  const store = openStore(engine)
  const demo = store.tenant('demo' as TenantId)
  const account = (await store.directory.accountAt({ localPart: 'alice', domain: 'demo.test' }))!
  const target = await demo.mailboxes.create(account, [MAILBOX])
  const scan = { mimeLevels: 100, mimeParts: 10_000 }
  for (let at = 0; at < count; at += 900) {
    const batches = Array.from({ length: 10 }, (_, batch) =>
      Array.from({ length: Math.max(0, Math.min(90, count - at - batch * 90)) }, (_, index) => ({
        source: sourceOf(messageOf(at + batch * 90 + index)),
        flags: flagsOf([]),
      })),
    )
    await Promise.all(
      batches.filter(({ length }) => length > 0).map((messages) => appendMessages(demo, target, messages, scan)),
    )
  }
  await foldMailbox(demo, target)
  await engine.close()
  await server.restart()
}

/** The folder's lock ends with the process that held it, which takes a moment. */
async function openWhenFree(folder: string) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await openEmbeddedEngine({ folder, relay: { kind: 'capture' } })
    } catch (error) {
      if ((error as Error).name !== 'FolderInUseError' || attempt > 100) throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

/** Like a day's mail: an alternative of text and HTML, with the header of a mailing list. */
function messageOf(number: number): Uint8Array {
  const text = `Hello Alice,\r\n\r\nthis is number ${number} of many.\r\n${'Some words that are read. '.repeat(20)}\r\n`
  return Buffer.from(
    `Return-Path: <sender${number % 100}@example.net>\r\nReceived: from example.net ([192.0.2.1])\r\n\tby mx.demo.test with ESMTP id ${number};\r\n` +
      `\tMon, 23 Nov 2026 10:00:00 +0000\r\nFrom: Sender ${number % 100} <sender${number % 100}@example.net>\r\nTo: Alice <alice@demo.test>\r\n` +
      `Subject: Message number ${number}\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <${number}@example.net>\r\n` +
      `MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="b${number}"\r\n\r\n` +
      `--b${number}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${text}\r\n` +
      `--b${number}\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>${text}</p>\r\n--b${number}--\r\n`,
  )
}
