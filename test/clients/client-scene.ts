/** What the clients of these tests live in: the server as its users run it, a home folder of their own, and mail to begin with. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { LineClient } from '../bench/line-client.ts'
import { type ServerProcess, startServerProcess } from '../server-process.ts'

export const USER = 'alice@demo.test'
export const PASSWORD = 'tubepost-demo'

/** For `skip`: what is missing, or false. */
export function missing(...programs: string[]): string | false {
  const absent = programs.filter((program) => !isInstalled(program))
  return absent.length > 0 && `${absent.join(', ')} not installed`
}

function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

export interface ClientScene {
  server: ServerProcess
  /** Its HOME and working folder. */
  home: string
  /** The server's certificate, which a client may trust. */
  certificate: string
  /** Writes a file into the home, readable by its owner alone, as clients want of what holds a password. */
  write(name: string, lines: readonly string[]): Promise<string>
  /** Runs a program to its end; its standard output. Fails where its exit code is none of `codes` (0). */
  run(
    program: string,
    args: readonly string[],
    options?: { input?: string; codes?: readonly number[] },
  ): Promise<string>
  /** A session that has signed in. */
  signIn(user?: string): Promise<LineClient>
  close(): Promise<void>
}

export async function openClientScene(): Promise<ClientScene> {
  const server = await startServerProcess()
  const home = await mkdtemp(join(tmpdir(), 'tubepost-client-'))
  return {
    server,
    home,
    certificate: join(server.data, 'tls', 'cert.pem'),
    async write(name, lines) {
      const path = join(home, name)
      await writeFile(path, `${lines.join('\n')}\n`, { mode: 0o600 })
      return path
    },
    run: (program, args, options) => runProgram(home, program, args, options),
    async signIn(user = USER) {
      const client = await LineClient.open(server.ports['imap']!)
      await client.line()
      await client.command(`LOGIN ${user} ${PASSWORD}`)
      return client
    },
    async close() {
      await server.stop()
      await rm(home, { recursive: true, force: true })
    },
  }
}

async function runProgram(
  home: string,
  program: string,
  args: readonly string[],
  { input, codes = [0] }: { input?: string; codes?: readonly number[] } = {},
): Promise<string> {
  const env = { ...process.env, HOME: home, XDG_CONFIG_HOME: home, TERM: 'vt100', LANG: 'C.UTF-8' }
  const stdin = input === undefined ? 'ignore' : 'pipe'
  const child = spawn(program, args, { cwd: home, env, stdio: [stdin, 'pipe', 'pipe'], timeout: 60_000 })
  child.stdin?.end(input)
  const [output, errors, code] = await Promise.all([
    Array.fromAsync(child.stdout!).then((chunks) => Buffer.concat(chunks).toString()),
    Array.fromAsync(child.stderr!).then((chunks) => Buffer.concat(chunks).toString()),
    new Promise<number | null>((resolve, reject) => child.on('close', resolve).on('error', reject)),
  ])
  assert.ok(code !== null && codes.includes(code), `${program} ended with ${code}: ${errors}${output}`)
  return output
}

export function messageOf(name: string): string {
  return `From: ann@example.net\r\nTo: ${USER}\r\nSubject: ${name}\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <${name}@example.net>\r\n\r\nThis is ${name}.\r\n.with a dot\r\n`
}

/** Messages of one APPEND: they are one commit, which has its limit. */
const BATCH = 50

export async function append(
  client: LineClient,
  mailbox: string,
  messages: readonly string[],
  flags = '',
): Promise<void> {
  const texts = messages.map((text) => ` (${flags}) {${Buffer.byteLength(text)}+}\r\n${text}`)
  for (let at = 0; at < texts.length; at += BATCH) {
    await client.command(`APPEND ${mailbox}${texts.slice(at, at + BATCH).join('')}`)
  }
}

/** Each message's subject with its flags, without \Recent, as a new session sees the mailbox. */
export async function subjectsAndFlags(scene: ClientScene, mailbox: string, user = USER): Promise<Map<string, string>> {
  const client = await scene.signIn(user)
  const found = new Map<string, string>()
  await client.command(`EXAMINE ${mailbox}`)
  client.write('x FETCH 1:* (FLAGS ENVELOPE)\r\n')
  for (;;) {
    const line = await client.line()
    if (line.startsWith('x ')) break
    const [, flags, subject] = /FLAGS \(([^)]*)\) ENVELOPE \("[^"]*" "([^"]*)"/.exec(line) ?? []
    const kept = flags?.split(' ').filter((flag) => flag !== '\\Recent' && flag !== '')
    if (subject !== undefined) found.set(subject, kept!.sort().join(' '))
  }
  client.end()
  return found
}

/** Each file of a Maildir: its name, whole, and its text. */
export async function maildir(path: string): Promise<{ path: string; flags: string; text: string }[]> {
  const found = await Promise.all(
    ['new', 'cur'].map(async (folder) => {
      const names = await readdir(join(path, folder))
      return Promise.all(
        names.map(async (name) => {
          const file = join(path, folder, name)
          return { path: file, flags: name.split(':2,')[1] ?? '', text: await readFile(file, 'latin1') }
        }),
      )
    }),
  )
  return found.flat()
}

export async function makeMaildir(path: string): Promise<string> {
  for (const folder of ['new', 'cur', 'tmp']) await mkdir(join(path, folder), { recursive: true })
  return path
}

export function subjectOf(text: string): string | undefined {
  return /^Subject: (.*?)\r?$/m.exec(text)?.[1]
}
