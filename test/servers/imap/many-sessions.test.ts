/**
 * Several clients do random things to one mailbox at once. Each keeps the picture that untagged responses alone give it; at the end
 * every picture must be the mailbox, and on the way no number may ever have meant another message than the client thought.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { flagNames } from '../../../shared/mailbox/flags.ts'
import { ImapClient } from './imap-client.ts'
import { type ImapServer, startImapServer } from './imap-server.ts'

const CLIENTS = 5
const ROUNDS = 40
const SEEDS = [1, 2, 3, 4]
const FLAGS = ['\\Seen', '\\Flagged', '\\Answered', '$Work', 'later'] as const

let server: ImapServer
/** Two gateways: half of the clients speak to the one, half to the other. */
let ports: number[]
before(async () => {
  server = await startImapServer()
  ports = [server.port, await server.anotherGateway()]
})
after(() => server.close())

interface Known {
  uid: number | undefined
  flags: Set<string> | undefined
}

/** A client that believes what it is told. */
class Believer {
  readonly client: ImapClient
  messages: Known[] = []
  /** The client counts on its numbers: no EXPUNGE may come. */
  #counting = false
  readonly faults: string[] = []

  constructor(client: ImapClient) {
    this.client = client
    client.onUntagged = (response) => this.#hear(response)
  }

  #hear(response: string): void {
    const [, word = '', what = ''] = response.split(' ', 3)
    const number = Number(word)
    if (what === 'EXISTS') {
      if (number < this.messages.length) this.faults.push(`${response} with ${this.messages.length} known`)
      while (this.messages.length < number) this.messages.push({ uid: undefined, flags: undefined })
    }
    if (what === 'EXPUNGE') {
      if (this.#counting) this.faults.push(`${response} while counting`)
      if (number < 1 || number > this.messages.length) this.faults.push(`${response} of ${this.messages.length}`)
      this.messages.splice(number - 1, 1)
    }
    if (what === 'FETCH') this.#hearFetch(response, number)
  }

  #hearFetch(response: string, number: number): void {
    const known = this.messages[number - 1]
    if (known === undefined) {
      this.faults.push(`${response} of ${this.messages.length}`)
      return
    }
    const uid = /UID (\d+)/.exec(response)
    if (uid !== null) {
      if (known.uid !== undefined && known.uid !== Number(uid[1]))
        this.faults.push(`${response}, known as ${known.uid}`)
      known.uid = Number(uid[1])
    }
    const flags = /FLAGS \(([^)]*)\)/.exec(response)
    if (flags !== null) known.flags = new Set(flags[1]!.split(' ').filter((flag) => flag !== '' && flag !== '\\Recent'))
  }

  async run(command: string): Promise<string> {
    const name = command.split(' ', 1)[0]!
    this.#counting = name === 'FETCH' || name === 'STORE' || name === 'SEARCH'
    const responses = await this.client.run(command)
    this.#counting = false
    const last = responses.at(-1)!
    if (last.split(' ')[1] === 'BAD') this.faults.push(`${command}: ${last}`)
    return last
  }

  /** Asks for what it has only heard the number of. */
  async catchUp(): Promise<void> {
    const unknown = this.messages.flatMap((message, index) =>
      message.uid === undefined || message.flags === undefined ? [index + 1] : [],
    )
    if (unknown.length > 0) await this.run(`FETCH ${unknown.join(',')} (UID FLAGS)`)
  }

  async idleFor(others: () => Promise<void>): Promise<void> {
    const tag = this.client.begin('IDLE')
    while (!(await this.client.next()).startsWith('+ '));
    await others()
    this.client.send('DONE\r\n')
    await this.client.finish(tag)
  }
}

function randomFrom(seed: number): (below: number) => number {
  let state = seed * 2654435761
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0
    const mixed = Math.imul(state ^ (state >>> 12), 0x297a2d39)
    return ((mixed ^ (mixed >>> 15)) >>> 0) % below
  }
}

type Random = (below: number) => number

function pick<T>(random: Random, from: readonly T[]): T {
  return from[random(from.length)]!
}

/** One command of one client, by numbers or by UIDs that it knows. */
async function act(believer: Believer, random: Random, mailbox: string): Promise<void> {
  const count = believer.messages.length
  const first = 1 + random(Math.max(1, count))
  const numbers = `${first}:${Math.min(count, first + random(4))}`
  const uids = believer.messages.flatMap(({ uid }) => (uid === undefined ? [] : [uid]))
  const uid = uids.length === 0 ? 1 : pick(random, uids)
  const flag = pick(random, FLAGS)
  const sign = pick(random, ['+', '-', ''])
  switch (count === 0 ? 10 : random(12)) {
    case 0:
      return void (await believer.run(`STORE ${numbers} ${sign}FLAGS (${flag})`))
    case 1: {
      // A silent change is the client's own to remember; what comes untagged afterwards is newer.
      const [from, to] = numbers.split(':').map(Number) as [number, number]
      for (const message of believer.messages.slice(from - 1, to)) {
        if (sign === '') message.flags = new Set([flag])
        else if (sign === '+') message.flags?.add(flag)
        else message.flags?.delete(flag)
      }
      return void (await believer.run(`STORE ${numbers} ${sign}FLAGS.SILENT (${flag})`))
    }
    case 2:
      return void (await believer.run(`UID STORE ${uid} +FLAGS (\\Deleted)`))
    case 3:
      return void (await believer.run('EXPUNGE'))
    case 4:
      return void (await believer.run(`UID EXPUNGE ${uid}:*`))
    case 5:
      return void (await believer.run(`COPY ${numbers} ${mailbox}`))
    case 6:
      return void (await believer.run(`FETCH ${numbers} (UID FLAGS BODY[TEXT])`))
    case 7:
      return void (await believer.run(`UID FETCH ${uid}:* (FLAGS)`))
    case 8:
      return void (await believer.run(`SEARCH ${numbers} UNSEEN`))
    case 9:
      return void (await believer.run(`UID MOVE ${uid} ${mailbox}`))
    case 10: {
      const text = `Subject: ${random(1000)}\r\n\r\nhello\r\n`
      return void (await believer.run(`APPEND ${mailbox} (${flag}) {${text.length}+}\r\n${text}`))
    }
    default:
      return void (await believer.run('NOOP'))
  }
}

for (const seed of SEEDS) {
  test(`every client's picture is the mailbox, seed ${seed}`, async () => {
    const random = randomFrom(seed)
    const mailbox = `many-${seed}`
    await (await ImapClient.signedIn(server.port)).run(`CREATE ${mailbox}`)
    await server.seed(
      mailbox,
      Array.from({ length: 12 }, (_, index) => ({ text: `Subject: ${index}\r\n\r\nhello\r\n` })),
    )
    const believers = await Promise.all(
      Array.from({ length: CLIENTS }, async (_, index) => {
        const believer = new Believer(await ImapClient.signedIn(ports[index % ports.length]!))
        await believer.run(`SELECT ${mailbox}`)
        return believer
      }),
    )
    for (let round = 0; round < ROUNDS; round += 1) {
      const [idler, ...others] = believers.toSorted(() => random(3) - 1)
      const actAll = async () => {
        await Promise.all(
          others.map(async (believer) => {
            await believer.catchUp()
            for (let steps = 1 + random(3); steps > 0; steps -= 1) await act(believer, random, mailbox)
          }),
        )
      }
      if (random(2) === 0) await idler!.idleFor(actAll)
      else await Promise.all([actAll(), act(idler!, random, mailbox)])
      assert.deepEqual(
        believers.flatMap(({ faults }) => faults),
        [],
        `round ${round}`,
      )
    }
    for (const believer of believers) {
      await believer.run('NOOP')
      await believer.catchUp()
    }
    const truth = await server.house.demo.replicas.use(await server.mailbox(mailbox), async ({ messages }) =>
      Array.from({ length: messages.count }, (_, row) => ({
        uid: messages.uidAt(row) as number | undefined,
        flags: flagNames(messages.flagsAt(row)).sort() as string[] | undefined,
      })),
    )
    for (const { messages, faults, client } of believers) {
      assert.deepEqual(faults, [])
      assert.deepEqual(
        messages.map(({ uid, flags }) => ({ uid, flags: flags && [...flags].sort() })),
        truth,
      )
      await client.close()
    }
  })
}
