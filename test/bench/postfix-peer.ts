import { execFile, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { access, chmod, chown, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const POSTFIX = '/usr/sbin/postfix'
const NOBODY = 65_534

export interface PostfixPeer {
  readonly port: number
  /** Messages that have arrived in the Maildir of alice@demo.test. */
  delivered(): Promise<number>
  stop(): Promise<void>
}

/** Debian's Postfix on loopback, in a folder of its own, delivering to a Maildir; or why it cannot be had. */
export async function startPostfix(): Promise<PostfixPeer | string> {
  try {
    await access(POSTFIX)
  } catch {
    return `Postfix is not installed (${POSTFIX})`
  }
  if (process.getuid?.() !== 0) return 'Postfix has to be started by root'
  const folder = await mkdtemp(join(tmpdir(), 'tubepost-postfix-'))
  await chmod(folder, 0o755)
  const [config, queue, data, mail] = ['etc', 'queue', 'data', 'mail'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
    string,
  ]
  for (const each of [config, queue, data, mail]) await mkdir(each)
  await run('chown', ['postfix', data])
  await chown(mail, NOBODY, NOBODY)
  const port = await freePort()
  await writeFile(join(config, 'main.cf'), mainCf(queue, data, mail))
  await writeFile(join(config, 'master.cf'), masterCf(port))
  await run(POSTFIX, ['-c', config, 'start'])
  // It is a daemon: without this it outlives a benchmark that is broken off.
  const stopAtExit = () => execFileSync(POSTFIX, ['-c', config, 'stop'])
  const exit = () => process.exit(1)
  process.once('exit', stopAtExit).once('SIGINT', exit).once('SIGTERM', exit)
  return {
    port,
    async delivered() {
      try {
        return (await readdir(join(mail, 'alice', 'new'))).length
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
        throw error
      }
    },
    async stop() {
      process.off('exit', stopAtExit).off('SIGINT', exit).off('SIGTERM', exit)
      await run(POSTFIX, ['-c', config, 'stop'])
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** As Debian has it, without what would hold a benchmark up: limits by client, maps to look up. Queue files are flushed before 250, as ever. */
function mainCf(queue: string, data: string, mail: string): string {
  return `compatibility_level = 3.6
queue_directory = ${queue}
data_directory = ${data}
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = bench.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
message_size_limit = 52428800
virtual_mailbox_domains = demo.test
virtual_mailbox_base = ${mail}
virtual_mailbox_maps = inline:{alice@demo.test=alice/}
virtual_mailbox_limit = 0
virtual_minimum_uid = 1
virtual_uid_maps = static:${NOBODY}
virtual_gid_maps = static:${NOBODY}
alias_maps =
alias_database =
`
}

function masterCf(port: number): string {
  return `127.0.0.1:${port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
`
}
