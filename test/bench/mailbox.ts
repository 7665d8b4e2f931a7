import { type Contender, imapSession, withContenders } from './contender.ts'
import type { LineClient } from './line-client.ts'
import { dailyMessage, largeMessage } from './mail.ts'
import { type Benchmark, formatContest, inTurn, timed } from './measure.ts'
import { pop3Session, retrieve } from './pop3-client.ts'

const ROUNDS = 7
const COLD_ROUNDS = 3
const APPENDED = Buffer.concat([Buffer.from('Subject: appended\r\n\r\n'), Buffer.alloc(20 * 1024, 'some words. \r\n')])

type Act = (client: LineClient, round: number) => Promise<unknown>
const command =
  (text: string): Act =>
  (client) =>
    client.command(text)

/** In a mailbox of many messages; in this order when cold. */
const READS: readonly [name: string, act: Act][] = [
  ['SELECT', command('SELECT INBOX')],
  ['FETCH 1:* (FLAGS UID)', command('FETCH 1:* (FLAGS UID)')],
  ['FETCH 1:* (ENVELOPE BODYSTRUCTURE)', command('FETCH 1:* (ENVELOPE BODYSTRUCTURE)')],
  [
    'FETCH 1:* header fields',
    command('FETCH 1:* (UID BODY.PEEK[HEADER.FIELDS (FROM TO CC SUBJECT DATE MESSAGE-ID REFERENCES CONTENT-TYPE)])'),
  ],
  ['SEARCH SUBJECT', command('SEARCH SUBJECT "number 77"')],
  ['FETCH 1:* BODY.PEEK[]', command('FETCH 1:* BODY.PEEK[]')],
  ['SEARCH TEXT', command('SEARCH TEXT "nothing holds this"')],
]
const WRITES: readonly [name: string, act: Act][] = [
  [
    'STORE 1:* FLAGS',
    (client, round) => client.command(`STORE 1:* ${round % 2 === 0 ? '+' : '-'}FLAGS.SILENT (\\Seen)`),
  ],
  ['COPY of 1,000', command('COPY 1:1000 Copies')],
  [
    'APPEND 20 KiB, 50 times',
    async (client) => {
      for (let left = 50; left > 0; left -= 1) {
        client.write(`x APPEND Copies {${APPENDED.length}+}\r\n`)
        client.write(APPENDED)
        client.write('\r\n')
        await client.tagged()
      }
    },
  ],
]
const LARGE: readonly [name: string, act: Act][] = [
  ['BODY[1] beside 20 MiB, 100 times', (client) => repeated(client, 100, () => 'FETCH 1 BODY.PEEK[1]')],
  [
    'deep slices of 20 MiB, 100 times',
    (client) => repeated(client, 100, (at) => `FETCH 1 BODY.PEEK[2]<${((at * 7919) % 300) * 65_536}.65536>`),
  ],
  ['BODY[] of 20 MiB', command('FETCH 1 BODY.PEEK[]')],
]

async function repeated(client: LineClient, times: number, text: (at: number) => string): Promise<void> {
  for (let at = 0; at < times; at += 1) await client.command(text(at))
}

export const mailbox: readonly Benchmark[] = [10_000, 100_000].map((count) => ({
  name: `mailbox-${count / 1000}k`,
  about: `a mailbox of ${count} messages, cold (after a start, nothing kept of earlier reads) and warm, against Dovecot`,
  run: () => withContenders((contenders) => run(contenders, count)),
}))

async function run(contenders: readonly Contender[], count: number): Promise<string[]> {
  for (const contender of contenders) {
    await contender.fill('INBOX', count, dailyMessage)
    await contender.fill('Large', 1, largeMessage)
  }
  // Said as it comes: all of it takes minutes.
  const say = (line: string) => console.log(`  ${line}`)
  for (const [name, times] of await cold(contenders)) say(formatContest(`cold ${name}`, times))

  const sessions = new Map<string, LineClient>()
  for (const contender of contenders) {
    const client = await imapSession(contender)
    sessions.set(contender.name, client)
    await client.command('CREATE Copies')
  }
  const contest = async (acts: typeof READS) => {
    for (const [name, act] of acts) {
      let round = 0
      const works = new Map(
        [...sessions].map(([contender, client]) => [contender, () => act(client, Math.floor(round++ / sessions.size))]),
      )
      for (const work of works.values()) await work() // warm-up
      say(formatContest(name, await inTurn(works, ROUNDS)))
    }
  }
  await contest([...READS, ...WRITES])
  for (const client of sessions.values()) await client.command('SELECT Large')
  await contest(LARGE)
  for (const client of sessions.values()) client.end()
  const pop3 = (act: (client: LineClient) => Promise<void>) =>
    new Map(contenders.map((contender) => [contender.name, async () => act(await pop3Session(contender))]))
  const quit = async (client: LineClient) => {
    await client.exchange('QUIT')
    client.end()
  }
  say(formatContest('POP3 login, STAT, QUIT', await inTurn(pop3(quit), ROUNDS)))
  const retr = async (client: LineClient) => {
    await retrieve(client, 1000)
    await quit(client)
  }
  say(formatContest('POP3 login, RETR of 1,000, QUIT', await inTurn(pop3(retr), ROUNDS)))
  return []
}

/** Milliseconds by contender, by what was read. */
async function cold(contenders: readonly Contender[]): Promise<Map<string, Map<string, number[]>>> {
  const times = new Map(READS.map(([name]) => [name, new Map(contenders.map((each) => [each.name, [] as number[]]))]))
  for (let round = 0; round < COLD_ROUNDS; round += 1) {
    for (const contender of contenders) {
      await contender.startCold()
      const client = await imapSession(contender)
      for (const [name, act] of READS)
        times
          .get(name)!
          .get(contender.name)!
          .push(await timed(() => act(client, round)))
      client.end()
    }
  }
  return times
}
