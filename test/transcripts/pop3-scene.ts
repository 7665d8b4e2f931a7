import assert from 'node:assert/strict'
import { acceptMessage } from '../../shared/flows/arrivals/accept-message.ts'
import { indexMessage } from '../../shared/flows/arrivals/index-message.ts'
import { appendMessages } from '../../shared/flows/mailboxes/append-messages.ts'
import { copyMessages } from '../../shared/flows/mailboxes/copy-messages.ts'
import { removeMessages } from '../../shared/flows/mailboxes/expunge-messages.ts'
import { NO_FLAGS } from '../../shared/mailbox/flags.ts'
import { type AccountId, type MailboxId, tenantOf } from '../../shared/mailbox/ids.ts'
import { DEFAULT_POP3, type Pop3Settings } from '../../shared/mailbox/pop3-settings.ts'
import { sourceOf } from '../../shared/ports/blob-source.ts'
import { servePop3 } from '../../shared/servers/pop3/serve-pop3.ts'
import type { Pop3Services } from '../../shared/servers/pop3/services.ts'
import { type Limits, readLimits } from '../../shared/settings.ts'
import { contentName } from '../../shared/store/keys.ts'
import type { Store, TenantStore } from '../../shared/store/store.ts'
import { PASSWORD } from './opened-store.ts'
import type { MakeScene, Scene, Session } from './transcript.ts'

/**
 * Clauses, about alice@one.test, whose INBOX is empty at first: `message <octets>` (with \r \n and \xNN), `SMTPUTF8 message <octets>`,
 * `INBOX with <n> messages`, `a copy of message <n>`, `signed in` (each session, before its first line), `TLS`, `no certificates`,
 * `a client from <address>`, `limit <name> <number>`, `RETR marks as read`, `DELE moves to Trash`,
 * `afterwards <mailbox> <n> messages, <n> read`.
 */
export function pop3Scenes(store: Store): MakeScene {
  return async (clauses) => {
    const limits: Limits = { ...readLimits({}), pop3IdleMs: 5000 }
    const services: Pop3Services = {
      store,
      limits,
      hostName: 'pop.test',
      allowPlaintext: ({ remoteAddress }) => remoteAddress === '127.0.0.1',
    }
    const connection: Scene['connection'] = {}
    const scene: Scene = { connection, serve: (connection) => servePop3(connection, services) }
    const alice = await store.directory.accountAt({ localPart: 'alice', domain: 'one.test' })
    const tenant = store.tenant(tenantOf(alice!))
    const inbox = await tenant.mailboxes.mailbox(alice!, ['INBOX'])
    await empty(tenant, inbox)
    await empty(tenant, await tenant.mailboxes.mailbox(alice!, ['Trash']))
    await store.tenants.change(tenant.tenant, { pop3: DEFAULT_POP3 })
    const change = async (wish: Partial<Pop3Settings>) => {
      const pop3 = { ...(await store.tenants.get(tenant.tenant))!.pop3, ...wish }
      await store.tenants.change(tenant.tenant, { pop3 })
    }
    const expectations: string[] = []
    for (const clause of clauses) {
      const [, word, rest] =
        /^(message|SMTPUTF8 message|a client from|limit|INBOX with|a copy of message|afterwards) (.*)$/.exec(
          clause,
        ) ?? [undefined, clause, '']
      switch (word) {
        case 'message':
          await append(tenant, inbox, octetsOf(rest!), limits)
          break
        case 'SMTPUTF8 message':
          await arrive(store, inbox, octetsOf(rest!), limits)
          break
        case 'INBOX with':
          for (let number = 1; number <= Number.parseInt(rest!, 10); number++) {
            await append(tenant, inbox, Buffer.from(`Subject: ${number}\r\n\r\nmessage ${number}\r\n`), limits)
          }
          break
        case 'a copy of message':
          await tenant.replicas.use(inbox, (replica) =>
            copyMessages(tenant, replica, [replica.messages.uidAt(Number(rest) - 1)], inbox),
          )
          break
        case 'signed in':
          scene.before = signIn
          break
        case 'RETR marks as read':
          await change({ retrMarksSeen: true })
          break
        case 'DELE moves to Trash':
          await change({ deleMovesToTrash: true })
          break
        case 'afterwards':
          expectations.push(rest!)
          break
        case 'TLS':
          connection.secure = true
          break
        case 'no certificates':
          connection.canStartTls = false
          break
        case 'a client from':
          connection.remoteAddress = rest!
          break
        case 'limit': {
          const [name, number] = rest!.split(' ')
          if (!(name! in limits)) throw new Error(`unknown limit: ${name}`)
          limits[name as keyof Limits] = Number(number)
          break
        }
        default:
          throw new Error(`unknown clause: ${clause}`)
      }
    }
    if (expectations.length > 0) {
      scene.close = async () => {
        for (const expected of expectations) {
          const [name = ''] = expected.split(' ')
          assert.equal(`${name} ${await countRead(tenant, alice!, name)}`, expected)
        }
      }
    }
    return scene
  }
}

async function countRead(tenant: TenantStore, account: AccountId, name: string): Promise<string> {
  const { totals } = await tenant.journal.newest(await tenant.mailboxes.mailbox(account, [name]))
  return `${totals.exists} messages, ${totals.exists - totals.unseen} read`
}

async function empty(tenant: TenantStore, mailbox: MailboxId): Promise<void> {
  await tenant.replicas.use(mailbox, (replica) =>
    removeMessages(tenant, replica, () =>
      Array.from({ length: replica.messages.count }, (_, row) => replica.messages.uidAt(row)),
    ),
  )
}

async function append(tenant: TenantStore, mailbox: MailboxId, octets: Uint8Array, limits: Limits): Promise<void> {
  await appendMessages(tenant, mailbox, [{ source: sourceOf(octets), flags: NO_FLAGS }], limits)
}

async function arrive(store: Store, mailbox: MailboxId, octets: Uint8Array, limits: Limits): Promise<void> {
  const tenant = tenantOf(mailbox)
  const account = mailbox.slice(0, mailbox.lastIndexOf('/')) as never
  const id = await acceptMessage(
    store,
    {
      reversePath: '',
      recipients: [{ tenant, address: 'alice@one.test', accounts: [account] }],
      body: '8BITMIME',
      smtputf8: true,
      client: { helo: 'c', remoteAddress: '192.0.2.1', hostName: 'mx.test', protocol: 'UTF8SMTP' },
    },
    sourceOf(octets),
  )
  await indexMessage(store, contentName(tenant, id as never), limits)
}

async function signIn(session: Session): Promise<void> {
  session.send(`USER alice@one.test\r\nPASS ${PASSWORD}\r\n`)
  for (let left = 3; left > 0; left--) await session.line()
}

function octetsOf(text: string): Uint8Array {
  const octets = Buffer.from(text, 'utf8').toString('latin1')
  const unescaped = octets.replace(/\\(r|n|x[0-9a-f]{2})/g, (_, code: string) =>
    code === 'r' ? '\r' : code === 'n' ? '\n' : String.fromCharCode(Number.parseInt(code.slice(1), 16)),
  )
  return Buffer.from(unescaped, 'latin1')
}
