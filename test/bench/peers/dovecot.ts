/** Dovecot from Debian, for a while: its settings, mail and sockets in a folder of their own, its ports on loopback. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { makeSelfSigned } from '../../../shared/transport/self-signed.ts'
import { atExit } from '../../at-exit.ts'
import { freePort } from '../../free-port.ts'
import { ACCOUNT, type Contender } from '../contender.ts'
import { forgetFiles } from '../forget-files.ts'
import { LineClient } from '../line-client.ts'

const DOVECOT = '/usr/sbin/dovecot'
/** Messages of one APPEND while filling. */
const BATCH = 500

export interface Dovecot extends Contender {
  /** A socket of the file system, as LMTP (RFC 2033) needs no port; where dovecot-lmtpd is installed. */
  readonly lmtp?: string
}

export function isDovecotInstalled(): Promise<boolean> {
  return areThere(DOVECOT, '/usr/lib/dovecot/imap', '/usr/lib/dovecot/pop3')
}

/** Needs root, as its processes run under the users that its package made. */
export async function startDovecot(): Promise<Dovecot> {
  const folder = await mkdtemp(join(tmpdir(), 'tubepost-dovecot-'))
  const ports = Object.fromEntries(
    await Promise.all(['imap', 'imaps', 'pop3', 'pop3s'].map(async (door) => [door, await freePort()] as const)),
  )
  await chmod(folder, 0o755)
  const { cert, key } = await makeSelfSigned(['localhost'], Date.now())
  await writeFile(join(folder, 'cert.pem'), cert)
  await writeFile(join(folder, 'key.pem'), key)
  await writeFile(join(folder, 'users'), `${ACCOUNT.user}:{PLAIN}${ACCOUNT.password}\n`)
  const mail = join(folder, 'mail')
  await mkdir(mail)
  const { uid, gid } = await mailUser()
  await chown(mail, uid, gid)
  const hasLmtp = await areThere('/usr/lib/dovecot/lmtp')

  async function start(fsync: 'optimized' | 'never') {
    await writeFile(join(folder, 'dovecot.conf'), settings(folder, ports, { uid, gid, fsync, hasLmtp }))
    const child = spawn(DOVECOT, ['-F', '-c', join(folder, 'dovecot.conf')], { stdio: ['ignore', 'ignore', 'inherit'] })
    const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`dovecot ended with ${code}`)))
    await Promise.race([untilItGreets(ports['imap']!), ended])
    ended.catch(() => undefined)
    const takeBack = atExit(() => child.kill())
    child.once('exit', takeBack)
    return child
  }
  let running = await start('optimized')

  async function end() {
    if (running.exitCode !== null || running.signalCode !== null) return
    const ended = once(running, 'exit')
    running.kill('SIGTERM')
    await ended
  }

  return {
    name: 'Dovecot',
    ...ACCOUNT,
    ports,
    ...(hasLmtp ? { lmtp: join(folder, 'run/lmtp') } : {}),
    processes: () => descendants(running.pid!),
    async startCold() {
      await end()
      // What it remembers of headers and structures it has by having been asked before.
      for (const name of await readdir(mail, { recursive: true })) {
        if (name.endsWith('dovecot.index.cache')) await rm(join(mail, name))
      }
      await forgetFiles(folder)
      running = await start('optimized')
    },
    async fill(mailbox, count, messageOf) {
      await end()
      running = await start('never')
      const client = await LineClient.open(ports['imap']!)
      await client.line()
      await client.command(`LOGIN ${ACCOUNT.user} ${ACCOUNT.password}`)
      if (mailbox !== 'INBOX') await client.command(`CREATE ${mailbox}`)
      for (let at = 0; at < count; at += BATCH) {
        const parts: Uint8Array[] = [Buffer.from(`x APPEND ${mailbox}`)]
        for (let number = at; number < Math.min(count, at + BATCH); number += 1) {
          const message = messageOf(number)
          parts.push(Buffer.from(` {${message.length}+}\r\n`), message)
        }
        parts.push(Buffer.from('\r\n'))
        client.write(Buffer.concat(parts))
        await client.tagged()
      }
      client.end()
      await end()
      running = await start('optimized')
    },
    async stop() {
      await end()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

interface Choices {
  uid: number
  gid: number
  fsync: 'optimized' | 'never'
  hasLmtp: boolean
}

function settings(folder: string, ports: Record<string, number>, { uid, gid, fsync, hasLmtp }: Choices): string {
  // Under TLS each connection keeps a login process.
  const listeners = (protocol: string) => `service ${protocol}-login {
  process_limit = 4096
  inet_listener ${protocol} {
    port = ${ports[protocol]}
  }
  inet_listener ${protocol}s {
    port = ${ports[`${protocol}s`]}
    ssl = yes
  }
}
service ${protocol} {
  process_limit = 4096
}
`
  return `protocols = imap pop3${hasLmtp ? ' lmtp' : ''}
listen = 127.0.0.1
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/log
ssl_cert = <${folder}/cert.pem
ssl_key = <${folder}/key.pem
disable_plaintext_auth = no
mail_location = sdbox:${folder}/mail/%n
mail_fsync = ${fsync}
mail_max_userip_connections = 0
first_valid_uid = 1
default_client_limit = 20000
default_vsz_limit = 1G
passdb {
  driver = passwd-file
  args = ${folder}/users
}
userdb {
  driver = static
  args = uid=${uid} gid=${gid} home=${folder}/mail/%n
}
protocol imap {
  mail_plugins = zlib imap_zlib
}
imap_idle_notify_interval = 29 min
${listeners('imap')}${listeners('pop3')}`
}

async function areThere(...paths: string[]): Promise<boolean> {
  try {
    await Promise.all(paths.map((path) => access(path)))
    return true
  } catch {
    return false
  }
}

/** Dovecot does not serve mail as root. */
async function mailUser(): Promise<{ uid: number; gid: number }> {
  const own = userInfo()
  if (own.uid !== 0) return own
  const { stdout } = await promisify(execFile)('getent', ['passwd', 'mail'])
  const [, , uid, gid] = stdout.split(':')
  return { uid: Number(uid), gid: Number(gid) }
}

async function untilItGreets(port: number): Promise<void> {
  for (;;) {
    try {
      const client = await LineClient.open(port)
      await client.line()
      client.end()
      return
    } catch {
      // It does not listen yet; where it never will, its exit ends the wait.
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

async function descendants(root: number): Promise<number[]> {
  const found = [root]
  for (const pid of found) {
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(
      (error: NodeJS.ErrnoException) => {
        if (pid === root || error.code !== 'ENOENT') throw error
        return '' // ended meanwhile
      },
    )
    found.push(...children.split(' ').filter(Boolean).map(Number))
  }
  return found
}
