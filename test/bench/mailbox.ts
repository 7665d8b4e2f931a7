import { type Contender, imapSession, withContenders } from './contender.ts'
import { cpuMsOf } from './cpu.ts'
import type { LineClient } from './line-client.ts'
import { dailyMessage, largeMessage } from './mail.ts'
import { type Benchmark, type Contestant, formatContest, inTurn, type Times, timed } from './measure.ts'
import { pop3Session, retrieve } from './pop3-client.ts'

const ROUNDS = 7
const COLD_ROUNDS = 3
const APPENDED = Buffer.concat([Buffer.from('Subject: appended\r\n\r\n'), Buffer.alloc(20 * 1024, 'some words. \r\n')])

type Act = (client: LineClient, round: number) => Promise<unknown>
const command =
  (text: string): Act =>
  (client) =>
    client.command(text)

interface Case {
  name: string
  act: Act
  /** How many times faster than the peer it is to be (DESIGN §8): warm, and cold. */
  warm?: number
  cold?: number
}

/** In a mailbox of many messages; in this order when cold. */
const READS: readonly Case[] = [
  { name: 'SELECT', act: command('SELECT INBOX') },
  { name: 'FETCH 1:* (FLAGS UID)', act: command('FETCH 1:* (FLAGS UID)'), warm: 1, cold: 10 },
  {
    name: 'FETCH 1:* (ENVELOPE BODYSTRUCTURE)',
    act: command('FETCH 1:* (ENVELOPE BODYSTRUCTURE)'),
    warm: 1,
    cold: 10,
  },
  {
    name: 'FETCH 1:* header fields',
    act: command(
      'FETCH 1:* (UID BODY.PEEK[HEADER.FIELDS (FROM TO CC SUBJECT DATE MESSAGE-ID REFERENCES CONTENT-TYPE)])',
    ),
  },
  { name: 'SEARCH SUBJECT', act: command('SEARCH SUBJECT "number 77"') },
  { name: 'FETCH 1:* BODY.PEEK[]', act: command('FETCH 1:* BODY.PEEK[]'), warm: 1 },
  { name: 'SEARCH TEXT', act: command('SEARCH TEXT "nothing holds this"'), warm: 10 },
]
const WRITES: readonly Case[] = [
  {
    name: 'STORE 1:* FLAGS.SILENT',
    act: (client, round) => client.command(`STORE 1:* ${round % 2 === 0 ? '+' : '-'}FLAGS.SILENT (\\Seen)`),
    warm: 1,
  },
  {
    name: 'STORE 1:* FLAGS',
    act: (client, round) => client.command(`STORE 1:* ${round % 2 === 0 ? '+' : '-'}FLAGS (\\Answered)`),
    warm: 1,
  },
  { name: 'COPY of 1,000', act: command('COPY 1:1000 Copies') },
  {
    name: 'APPEND 20 KiB, 50 times',
    async act(client) {
      for (let left = 50; left > 0; left -= 1) {
        client.write(`x APPEND Copies {${APPENDED.length}+}\r\n`)
        client.write(APPENDED)
        client.write('\r\n')
        await client.tagged()
      }
    },
  },
]
const LARGE: readonly Case[] = [
  { name: 'BODY[1] beside 20 MiB, 100 times', act: (client) => repeated(client, 100, () => 'FETCH 1 BODY.PEEK[1]') },
  {
    name: 'deep slices of 20 MiB, 100 times',
    act: (client) => repeated(client, 100, (at) => `FETCH 1 BODY.PEEK[2]<${((at * 7919) % 300) * 65_536}.65536>`),
  },
  { name: 'BODY[] of 20 MiB', act: command('FETCH 1 BODY.PEEK[]') },
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
  for (const [{ name, cold: budget }, times] of await cold(contenders))
    say(formatContest(`cold ${name}`, times, budget))

  const sessions = new Map<string, LineClient>()
  for (const contender of contenders) {
    const client = await imapSession(contender)
    sessions.set(contender.name, client)
    await client.command('CREATE Copies')
  }
  const contest = async (cases: readonly Case[]) => {
    for (const { name, act, warm } of cases) {
      const works = new Map<string, Contestant>()
      for (const contender of contenders) {
        const client = sessions.get(contender.name)!
        let round = 0
        await act(client, round++) // warm-up
        works.set(contender.name, {
          work: () => act(client, round++),
          cpuMs: async () => cpuMsOf(await contender.processes()),
        })
      }
      say(formatContest(name, await inTurn(works, ROUNDS), warm))
    }
  }
  await contest([...READS, ...WRITES])
  for (const client of sessions.values()) await client.command('SELECT Large')
  await contest(LARGE)
  for (const client of sessions.values()) client.end()
  // A peer's processes end with their sessions, and their CPU with them.
  const pop3 = (act: (client: LineClient) => Promise<void>) =>
    new Map(contenders.map((each) => [each.name, { work: async () => act(await pop3Session(each)) }]))
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

/** Times by contender, by what was read. */
async function cold(contenders: readonly Contender[]): Promise<Map<Case, Map<string, Times>>> {
  const times = new Map(
    READS.map((each) => [
      each,
      new Map(contenders.map(({ name }): [string, Times] => [name, { wallMs: [], cpuMs: [] }])),
    ]),
  )
  for (let round = 0; round < COLD_ROUNDS; round += 1) {
    for (const contender of contenders) {
      await contender.startCold()
      const client = await imapSession(contender)
      for (const each of READS) {
        const wallMs = await timed(() => each.act(client, round))
        times.get(each)!.get(contender.name)!.wallMs.push(wallMs)
      }
      client.end()
    }
  }
  return times
}
