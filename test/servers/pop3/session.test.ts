/** Sessions that nobody wrote down: random ones against a simple model, and octets that are no commands. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { setLogLevel } from '../../../shared/log.ts'
import { servePop3 } from '../../../shared/servers/pop3/serve-pop3.ts'
import { readLimits } from '../../../shared/settings.ts'
import { fill, type House, openHouse, PASSWORD } from '../../house.ts'
import { memoryConnection } from '../../memory-connection.ts'

const MESSAGES = 4
const RUNS = Number(process.env['TUBEPOST_FUZZ_RUNS'] ?? 150)

let house: House
let sizes: number[]
before(async () => {
  house = await openHouse()
  await fill(house, house.inbox, MESSAGES)
  sizes = await house.demo.replicas.use(house.inbox, async ({ messages }) =>
    Array.from({ length: MESSAGES }, (_, row) => messages.sizeAt(row)),
  )
  setLogLevel('silent')
})
after(() => house.close())

/** All that the server says to octets cut as given, the client ending its side behind them. */
async function converse(chunks: readonly Uint8Array[], protocolErrors = 1000): Promise<string> {
  const { server, client } = memoryConnection({ remoteAddress: '127.0.0.1' })
  const limits = { ...readLimits({}), protocolErrors, pop3IdleMs: 5000 }
  const served = servePop3(server, { store: house.store, limits, hostName: 'pop.test', allowPlaintext: () => true })
  for (const chunk of chunks) client.send(chunk)
  client.end()
  await served.finally(() => server.end())
  let said = ''
  for (let more = await client.receive(); more !== undefined; more = await client.receive()) said += more
  return said
}

function cut(text: string, at: readonly number[]): Uint8Array[] {
  const octets = Buffer.from(text, 'latin1')
  const places = [0, ...at.map((place) => place % (octets.length + 1)).sort((a, b) => a - b), octets.length]
  return places.slice(1).map((end, index) => octets.subarray(places[index], end))
}

/** The maildrop as RFC 1939 §5 tells it: what a command's first line is, and how many lines follow. */
class Model {
  readonly deleted = new Set<number>()

  get left(): number[] {
    return sizes.map((_, index) => index + 1).filter((number) => !this.deleted.has(number))
  }

  get octets(): number {
    return this.left.reduce((sum, number) => sum + sizes[number - 1]!, 0)
  }

  answer(command: string, number: number): RegExp {
    const there = this.left.includes(number)
    const sizeOf = sizes[number - 1]
    switch (command) {
      case 'STAT':
        return new RegExp(`^\\+OK ${this.left.length} ${this.octets}$`)
      case 'NOOP':
        return /^\+OK$/
      case 'RSET':
        this.deleted.clear()
        return new RegExp(`^\\+OK ${MESSAGES} `)
      case 'LIST':
        return new RegExp(
          `^\\+OK ${this.left.length} .*${this.left.map((n) => `\r\n${n} ${sizes[n - 1]}`).join('')}\r\n\\.$`,
        )
      case 'LIST n':
        return there ? new RegExp(`^\\+OK ${number} ${sizeOf}$`) : /^-ERR/
      case 'UIDL n':
        return there ? new RegExp(`^\\+OK ${number} [!-~]+$`) : /^-ERR/
      case 'RETR n':
        return there ? new RegExp(`^\\+OK ${sizeOf} octets\r\nFrom: .*\r\n\r\nHello\\.\r\n\\.$`, 's') : /^-ERR/
      case 'TOP n 0':
        return there ? /^\+OK .*\r\nFrom: .*\r\n\r\n\.$/s : /^-ERR/
      case 'DELE n':
        if (there) this.deleted.add(number)
        return there ? /^\+OK/ : /^-ERR/
      default:
        return /^-ERR/
    }
  }
}

const SIMPLE = ['STAT', 'NOOP', 'RSET', 'LIST', 'USER x', 'PASS x', 'STLS', 'UTF8', 'FROB', 'RETR', 'LIST n n']
const NUMBERED = ['LIST n', 'UIDL n', 'RETR n', 'TOP n 0', 'DELE n', 'DELE n', 'DELE n']

test('random sessions answer as a model does, however their octets are cut', async () => {
  const step = fc.tuple(fc.constantFrom(...SIMPLE, ...NUMBERED), fc.integer({ min: 0, max: MESSAGES + 2 }))
  const cuts = fc.array(fc.nat(), { maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), cuts, async (steps, at) => {
      const lines = steps.map(([command, number]) => command.replaceAll('n', String(number)))
      const text = [`USER alice@demo.test`, `PASS ${PASSWORD}`, ...lines].map((line) => `${line}\r\n`).join('')
      const model = new Model()
      let said = await converse(cut(text, at))
      said = said.slice(said.indexOf('maildrop has'))
      said = said.slice(said.indexOf('\r\n') + 2)
      for (const [command, number] of steps) {
        const expected = model.answer(command, number)
        const multiLine = expected.source.endsWith('\\.$') && said.startsWith('+OK')
        const end = multiLine ? said.indexOf('\r\n.\r\n') + 3 : said.indexOf('\r\n')
        assert.match(said.slice(0, end), expected, `${command} ${number}`)
        said = said.slice(end + 2)
      }
      assert.equal(said, '')
    }),
    { numRuns: RUNS },
  )
  const { totals } = await house.demo.journal.newest(house.inbox)
  assert.equal(totals.exists, MESSAGES, 'no QUIT, no deletion')
})

test('octets that are no commands get refusals, and the session ends', async () => {
  const words = [
    'USER ',
    'PASS ',
    'AUTH PLAIN ',
    'AUTH SCRAM-SHA-256\r\n',
    'CAPA',
    'TOP 1 ',
    'LANG ',
    '\r\n',
    '\n',
    '\0',
    '=',
    '*',
  ]
  const piece = fc.oneof(
    fc.constantFrom(...words),
    fc.uint8Array({ maxLength: 40 }).map((octets) => Buffer.from(octets).toString('latin1')),
    fc.base64String({ maxLength: 60 }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 40 }), fc.array(fc.nat(), { maxLength: 5 }), async (pieces, at) => {
      const said = await converse(cut(pieces.join(''), at), 20)
      for (const line of said.split('\r\n').slice(0, -1)) assert.match(line, /^(\+OK|-ERR|\+ |[A-Z0-9-]+|[a-z-]+ |\.$)/)
      assert.ok(said.endsWith('\r\n'))
      assert.ok(said.split('-ERR').length <= 41, 'faults end it')
    }),
    { numRuns: RUNS },
  )
})

test('a line without end is dropped as it comes', async () => {
  const { server, client } = memoryConnection({ remoteAddress: '127.0.0.1' })
  const limits = { ...readLimits({}), pop3IdleMs: 5000 }
  const served = servePop3(server, { store: house.store, limits, hostName: 'pop.test', allowPlaintext: () => true })
  const chunk = Buffer.alloc(64 * 1024, 'x')
  const before = process.memoryUsage().arrayBuffers
  for (let sent = 0; sent < 256; sent += 1) {
    client.send(chunk)
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.ok(process.memoryUsage().arrayBuffers - before < 4 * 1024 * 1024)
  client.send('\r\nQUIT\r\n')
  await served
  const said = (await client.receive())!
  assert.equal(said, '+OK pop.test Tubepost is ready\r\n-ERR the line is too long\r\n+OK goodbye\r\n')
})
