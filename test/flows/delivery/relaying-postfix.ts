import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { access, chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const POSTFIX = '/usr/sbin/postfix'

export interface RelayingPostfix {
  readonly port: number
  log(): Promise<string>
  stop(): Promise<void>
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

/** Debian's Postfix on loopback, in a folder of its own, that passes mail for each domain on to a port. */
export async function startRelayingPostfix(transport: Readonly<Record<string, number>>): Promise<RelayingPostfix> {
  const folder = await mkdtemp(join(tmpdir(), 'tubepost-postfix-'))
  await chmod(folder, 0o755)
  for (const name of ['etc', 'queue', 'data']) await mkdir(join(folder, name))
  await run('chown', ['postfix', join(folder, 'data')])
  const port = await freePort()
  const ways = Object.entries(transport).map(([domain, to]) => `{ ${domain} = smtp:[127.0.0.1]:${to} }`)
  await writeFile(
    join(folder, 'etc/main.cf'),
    `compatibility_level = 3.6
queue_directory = ${folder}/queue
data_directory = ${folder}/data
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = relay.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_recipient_restrictions = permit_mynetworks, reject
transport_maps = inline:{ ${ways.join(', ')} }
maillog_file = ${folder}/log
maillog_file_prefixes = ${tmpdir()}
alias_maps =
alias_database =
`,
  )
  await writeFile(
    join(folder, 'etc/master.cf'),
    `127.0.0.1:${port} inet n - n - - smtpd
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
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`,
  )
  await run(POSTFIX, ['-c', join(folder, 'etc'), 'start'])
  return {
    port,
    log: () => readFile(join(folder, 'log'), 'utf8'),
    async stop() {
      await run(POSTFIX, ['-c', join(folder, 'etc'), 'stop'])
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
