import { execFile, execFileSync } from 'node:child_process'
import { access, chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { atExit } from './at-exit.ts'
import { freePort } from './free-port.ts'

const run = promisify(execFile)
const POSTFIX = '/usr/sbin/postfix'
const POSTQUEUE = '/usr/sbin/postqueue'

export interface Postfix {
  readonly port: number
  /** Its own, with all it keeps; gone when it is stopped. */
  readonly folder: string
  /** What it has not delivered yet, and why, as postqueue(1) tells it. */
  queue(): Promise<string>
  stop(): Promise<void>
}

export interface PostfixRole {
  hostName: string
  /** Lines of main.cf beside those that all have. */
  settings(folder: string): readonly string[]
  /** Lines of master.cf alike: what delivers. */
  services: readonly string[]
}

/** Why there can be none here; undefined where there can. */
export async function noPostfix(): Promise<string | undefined> {
  try {
    await access(POSTFIX)
  } catch {
    return `Postfix is not installed (${POSTFIX})`
  }
  return process.getuid?.() === 0 ? undefined : 'Postfix has to be started by root'
}

/** Debian's Postfix on loopback, in a folder of its own, which takes mail from this machine alone. */
export async function startPostfix({ hostName, settings, services }: PostfixRole): Promise<Postfix> {
  const folder = await mkdtemp(join(tmpdir(), 'tubepost-postfix-'))
  await chmod(folder, 0o755)
  for (const name of ['etc', 'queue', 'data']) await mkdir(join(folder, name))
  await run('chown', ['postfix', join(folder, 'data')])
  const port = await freePort()
  const config = join(folder, 'etc')
  await writeFile(join(config, 'main.cf'), linesOf([...commonSettings(folder, hostName), ...settings(folder)]))
  await writeFile(join(config, 'master.cf'), linesOf([...commonServices(port), ...services]))
  await run(POSTFIX, ['-c', config, 'start'])
  const takeBack = atExit(() => execFileSync(POSTFIX, ['-c', config, 'stop']))
  return {
    port,
    folder,
    queue: async () => (await run(POSTQUEUE, ['-c', config, '-p'], { maxBuffer: Infinity })).stdout,
    async stop() {
      takeBack()
      await run(POSTFIX, ['-c', config, 'stop'])
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function linesOf(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`
}

/** postconf(5). */
function commonSettings(folder: string, hostName: string): string[] {
  return [
    'compatibility_level = 3.6',
    `queue_directory = ${folder}/queue`,
    `data_directory = ${folder}/data`,
    'daemon_directory = /usr/lib/postfix/sbin',
    'command_directory = /usr/sbin',
    'mail_owner = postfix',
    'setgid_group = postdrop',
    `myhostname = ${hostName}`,
    'mydestination =',
    'inet_interfaces = 127.0.0.1',
    'inet_protocols = ipv4',
    'mynetworks = 127.0.0.0/8',
    'smtpd_recipient_restrictions = permit_mynetworks, reject',
    'alias_maps =',
    'alias_database =',
  ]
}

/** master(5). */
function commonServices(port: number): string[] {
  return [
    `127.0.0.1:${port} inet n - n - - smtpd`,
    'pickup unix n - n 60 1 pickup',
    'cleanup unix n - n - 0 cleanup',
    'qmgr unix n - n 300 1 qmgr',
    'tlsmgr unix - - n 1000? 1 tlsmgr',
    'rewrite unix - - n - - trivial-rewrite',
    'bounce unix - - n - 0 bounce',
    'defer unix - - n - 0 bounce',
    'trace unix - - n - 0 bounce',
    'verify unix - - n - 1 verify',
    'flush unix n - n 1000? 0 flush',
    'proxymap unix - - n - - proxymap',
    'error unix - - n - - error',
    'retry unix - - n - - error',
    'anvil unix - - n - 1 anvil',
    'scache unix - - n - 1 scache',
  ]
}
