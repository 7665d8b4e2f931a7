import { type Contender, imapSession, withContenders } from './contender.ts'
import { LineClient } from './line-client.ts'
import { type Benchmark, formatPercentiles } from './measure.ts'

const MESSAGES = 500
/** Of one kind; then with what there is. */
const ENOUGH_MS = 20_000
const TEXT = 'From: bench@example.net\r\nTo: alice@demo.test\r\nSubject: an arrival\r\n\r\nSome words.\r\n'

export const arrival: readonly Benchmark[] = [
  {
    name: 'arrival',
    about: `how long after its 250 (by SMTP), or its OK (APPEND, against Dovecot), each of up to ${MESSAGES} messages is told to a client in IDLE`,
    run: () => withContenders(run),
  },
]

async function run(contenders: readonly Contender[]): Promise<string[]> {
  const lines: string[] = []
  for (const contender of contenders) {
    const { ports, name } = contender
    if (ports['smtp'] !== undefined) {
      const waits = await timeArrivals(contender, await smtpSender(ports['smtp']))
      lines.push(`${name.padEnd(9)} 250 to EXISTS ${formatPercentiles(waits, 'ms')}`)
    }
    const waits = await timeArrivals(contender, await appender(contender))
    lines.push(`${name.padEnd(9)} OK of APPEND to EXISTS ${formatPercentiles(waits, 'ms')}`)
  }
  return lines
}

/** Sends a message; the time when it was accepted. */
type Send = () => Promise<number>

async function smtpSender(port: number): Promise<Send> {
  const client = await LineClient.open(port)
  await client.reply()
  client.write('EHLO bench.example\r\n')
  await client.reply()
  return async () => {
    client.write('MAIL FROM:<bench@example.net>\r\nRCPT TO:<alice@demo.test>\r\nDATA\r\n')
    for (let replies = 0; replies < 3; replies += 1) await client.reply()
    client.write(`${TEXT}.\r\n`)
    await client.reply()
    return performance.now()
  }
}

async function appender(contender: Contender): Promise<Send> {
  const client = await imapSession(contender)
  return async () => {
    await client.command(`APPEND INBOX {${TEXT.length}+}\r\n${TEXT}`)
    return performance.now()
  }
}

/** Milliseconds from acceptance to EXISTS, one message after the other; 0 where the client hears of it first. */
async function timeArrivals(contender: Contender, send: Send): Promise<number[]> {
  const idler = await imapSession(contender)
  await idler.command('SELECT INBOX')
  idler.write('x IDLE\r\n')
  await idler.line()
  const waits: number[] = []
  const start = performance.now()
  for (let sent = 0; sent < MESSAGES && performance.now() - start < ENOUGH_MS; sent += 1) {
    const told = (async () => {
      while (!(await idler.line()).endsWith(' EXISTS'));
      return performance.now()
    })()
    const [accepted, heard] = await Promise.all([send(), told])
    waits.push(Math.max(0, heard - accepted))
  }
  idler.end()
  return waits
}
