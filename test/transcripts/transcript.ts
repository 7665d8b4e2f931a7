/**
 * Conversations in plain text. A line of a file is one of
 *   # …            a comment
 *   === title      a conversation begins (a file without one is a single conversation)
 *   given a; b     sets the scene: clauses that the protocol's scene knows
 *   C: text        the client sends the text and CR LF; {name} is what was captured
 *   R: text        the client sends the text as it stands, with \r \n \0 \\ and \xNN for octets, and no line end
 *   E:             the client ends its side
 *   S: text        the next line from the server; {name} is captured at first sight and equal after
 *   S: (closed)    the server closes
 * With several sessions: C1: S1: C2: S2: … A session begins with the first line that names it. Every line the server sends is listed.
 */
import assert from 'node:assert/strict'
import type { Connection } from '../../shared/servers/connection.ts'
import { type MemoryClient, memoryConnection } from '../memory-connection.ts'

export interface Conversation {
  title: string
  given: string[]
  lines: { at: number; who: 'C' | 'R' | 'E' | 'S'; session: number; text: string }[]
}

export interface Scene {
  serve(connection: Connection): Promise<void>
  /** Properties of the connection; loopback without TLS otherwise. */
  connection?: Parameters<typeof memoryConnection>[0]
  /** Opened in this order before the first line; otherwise a session begins with the first line that names it. */
  sessions?: readonly number[]
  /** Called once a session is open: what happens before the conversation as written. */
  before?: (session: Session, number: number) => Promise<void>
  /** Called after the last line. */
  close?: () => Promise<void>
}

/** Sets a scene from its clauses; throws for one it does not know. */
export type MakeScene = (clauses: readonly string[]) => Promise<Scene>

const LINE = /^([CRES])([0-9]*): ?(.*)$/
const DEADLINE_MS = 10_000

export function parseTranscript(source: string, name: string): Conversation[] {
  const conversations: Conversation[] = []
  const start = (title: string): Conversation => {
    const conversation: Conversation = { title, given: [], lines: [] }
    conversations.push(conversation)
    return conversation
  }
  for (const [index, line] of source.split('\n').entries()) {
    if (line === '' || line.startsWith('#')) continue
    if (line.startsWith('=== ')) {
      start(`${name}: ${line.slice('=== '.length)}`)
      continue
    }
    const conversation = conversations.at(-1) ?? start(name)
    const match = LINE.exec(line)
    if (line.startsWith('given ')) conversation.given.push(...line.slice('given '.length).split('; '))
    else if (match === null) throw new Error(`${name}:${index + 1}: not a line of a transcript: ${line}`)
    else {
      const [, who, session, text] = match
      conversation.lines.push({ at: index + 1, who: who as 'C', session: Number(session || '1'), text: text! })
    }
  }
  return conversations
}

/** One client's end of a conversation. */
export class Session {
  readonly client: MemoryClient
  readonly served: Promise<void>
  #received = ''

  constructor(scene: Scene) {
    const { server, client } = memoryConnection({ remoteAddress: '127.0.0.1', ...scene.connection })
    this.client = client
    this.served = scene.serve(server).then(
      () => server.end(),
      () => server.destroy(),
    )
  }

  send(text: string): void {
    this.client.send(Buffer.from(text, 'utf8'))
  }

  /** The next line without its CR LF; undefined when the server has closed. */
  async line(): Promise<string | undefined> {
    for (;;) {
      const end = this.#received.indexOf('\r\n')
      if (end >= 0) {
        const line = this.#received.slice(0, end)
        this.#received = this.#received.slice(end + 2)
        return Buffer.from(line, 'latin1').toString('utf8')
      }
      const more = await before(this.client.receive(), 'the server says nothing')
      if (more === undefined) {
        assert.equal(this.#received, '', 'the server closed in the middle of a line')
        return undefined
      }
      this.#received += more
    }
  }

  /** Ends the client's side; whatever else the server says is returned. */
  async rest(): Promise<string[]> {
    this.client.end()
    const lines: string[] = []
    for (let line = await this.line(); line !== undefined; line = await this.line()) lines.push(line)
    await this.served
    return lines
  }
}

export async function play({ given, lines }: Conversation, makeScene: MakeScene): Promise<void> {
  const scene = await makeScene(given)
  const sessions = new Map<number, Session>()
  const captured = new Map<string, string>()
  const open = async (number: number): Promise<Session> => {
    const session = new Session(scene)
    sessions.set(number, session)
    await scene.before?.(session, number)
    return session
  }
  try {
    for (const number of scene.sessions ?? []) await open(number)
    for (const { at, who, session: number, text } of lines) {
      const session = sessions.get(number) ?? (await open(number))
      if (who === 'C') session.send(`${fill(text, captured)}\r\n`)
      else if (who === 'R') session.client.send(Buffer.from(octetsOf(text), 'latin1'))
      else if (who === 'E') session.client.end()
      else expectLine(await session.line(), text, captured, at)
    }
    for (const [number, session] of sessions) {
      assert.deepEqual(await session.rest(), [], `session ${number}: lines that are not written`)
    }
  } finally {
    for (const session of sessions.values()) session.client.end()
    await scene.close?.()
  }
}

function expectLine(line: string | undefined, expected: string, captured: Map<string, string>, at: number): void {
  const found = line ?? '(closed)'
  const names: string[] = []
  const parts = expected.split(/\{([A-Za-z][A-Za-z0-9]*)\}/)
  const pattern = parts.map((part, index) => {
    if (index % 2 === 0) return escapeRegExp(part)
    const known = captured.get(part)
    if (known !== undefined) return escapeRegExp(known)
    if (names.includes(part)) return `\\${names.indexOf(part) + 1}`
    names.push(part)
    return '(.+?)'
  })
  const match = new RegExp(`^${pattern.join('')}$`, 's').exec(found)
  if (match === null) assert.equal(found, expected, `line ${at}`)
  for (const [index, name] of names.entries()) captured.set(name, match![index + 1]!)
}

function fill(text: string, captured: ReadonlyMap<string, string>): string {
  return text.replace(/\{([A-Za-z][A-Za-z0-9]*)\}/g, (whole, name: string) => captured.get(name) ?? whole)
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

/** Octets as characters; UTF-8 of what is written beyond ASCII. */
function octetsOf(text: string): string {
  const octets = Buffer.from(text, 'utf8').toString('latin1')
  return octets.replace(/\\(r|n|0|\\|x[0-9a-fA-F]{2})/g, (_, code: string) => {
    const named: Record<string, string> = { r: '\r', n: '\n', '0': '\0', '\\': '\\' }
    return named[code] ?? String.fromCharCode(Number.parseInt(code.slice(1), 16))
  })
}

async function before<T>(promise: Promise<T>, complaint: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(complaint)), DEADLINE_MS)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
