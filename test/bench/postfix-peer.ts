import { chown, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { noPostfix, type Postfix, startPostfix } from '../postfix.ts'
import { isDovecotInstalled, startDovecot } from './peers/dovecot.ts'
import { openInbox, type Taker } from './taker.ts'

const NOBODY = 65_534

/** Postfix with Dovecot behind it, as people put them together; without Dovecot where Debian's packages are missing; or why there is no Postfix. */
export async function startPostfixPeer(): Promise<Taker | string> {
  const missing = await noPostfix()
  if (missing !== undefined) return missing
  if (!(await isDovecotInstalled())) return startWithMaildir('dovecot-imapd and dovecot-pop3d are not installed')
  const dovecot = await startDovecot()
  if (dovecot.lmtp === undefined) {
    await dovecot.stop()
    return startWithMaildir('dovecot-lmtpd is not installed')
  }
  const transport = [`virtual_transport = lmtp:unix:${dovecot.lmtp}`]
  const postfix = await start(() => transport, 'lmtp unix - - n - - lmtp')
  const inbox = await openInbox(dovecot.ports['imap']!)
  return {
    name: 'Postfix + Dovecot',
    port: postfix.port,
    shows: 'visible in IMAP',
    count: inbox.count,
    pending: postfix.queue,
    async stop() {
      inbox.close()
      await postfix.stop()
      await dovecot.stop()
    },
  }
}

/** virtual(8) puts files into a folder, and that is all: less than a mail server does. */
async function startWithMaildir(why: string): Promise<Taker> {
  const transport = (folder: string) => [
    'virtual_transport = virtual',
    `virtual_mailbox_base = ${folder}/mail`,
    'virtual_mailbox_limit = 0',
    'virtual_minimum_uid = 1',
    `virtual_uid_maps = static:${NOBODY}`,
    `virtual_gid_maps = static:${NOBODY}`,
  ]
  const postfix = await start(transport, 'virtual unix - n n - - virtual')
  const mail = join(postfix.folder, 'mail')
  await mkdir(mail)
  await chown(mail, NOBODY, NOBODY)
  return {
    name: 'Postfix alone',
    port: postfix.port,
    shows: `in a Maildir that nobody indexes, as ${why}`,
    async count() {
      try {
        return (await readdir(join(mail, 'alice', 'new'))).length
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
        throw error
      }
    },
    pending: postfix.queue,
    stop: postfix.stop,
  }
}

/**
 * As Debian has it, without what would hold a benchmark up: limits by client, maps to look up, a second's pause for clients that are ahead of
 * delivery (in_flow_delay), a slow start of delivery. Up to 20 deliveries at a time are the default; 2, 8 and 50 come to the same with one mailbox,
 * and 1 to half. Queue files are flushed before 250, as ever.
 */
function start(transport: (folder: string) => readonly string[], service: string): Promise<Postfix> {
  return startPostfix({
    hostName: 'bench.example',
    settings: (folder) => [
      'smtpd_client_connection_count_limit = 0',
      'smtpd_client_connection_rate_limit = 0',
      'in_flow_delay = 0',
      'initial_destination_concurrency = 20',
      'message_size_limit = 52428800',
      'virtual_mailbox_domains = demo.test',
      'virtual_mailbox_maps = inline:{alice@demo.test=alice/}',
      ...transport(folder),
    ],
    services: [service],
  })
}
