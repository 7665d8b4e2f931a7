import type { TenantId } from '../../shared/mailbox/ids.ts'
import { ThrottledError } from '../../shared/ports/table.ts'
import { serveSmtp } from '../../shared/servers/smtp/serve-smtp.ts'
import type { SmtpServices } from '../../shared/servers/smtp/services.ts'
import { type Limits, readLimits } from '../../shared/settings.ts'
import type { Store } from '../../shared/store/store.ts'
import { type GuardWishes, readGuardClause, setGuard } from './smtp-guard.ts'
import type { MakeScene, Scene } from './transcript.ts'

/**
 * Clauses: `submission` (else mx), `TLS`, `no certificates`, `a client from <address>`, `limit <name> <number>`,
 * `greeting after <n> ms`, `the store fails`, `<address> has moved to <address>`, with ` and <person> still reads it` behind it where one does,
 * `tenant <name> is suspended` (for this conversation), and those of the guard (smtp-guard.ts).
 */
export function smtpScenes(store: Store): MakeScene {
  return async (clauses) => {
    const limits: Limits = { ...readLimits({}), smtpIdleMs: 5000, smtpDataIdleMs: 5000 }
    const services: SmtpServices = {
      store,
      role: 'mx',
      limits,
      hostName: 'mx.test',
      allowPlaintext: ({ remoteAddress }) => remoteAddress === '127.0.0.1',
    }
    const connection: Scene['connection'] = {}
    const scene: { suspended?: TenantId } = {}
    let wishes: GuardWishes | undefined
    for (const clause of clauses) {
      const limit = /^limit (\w+) (\d+)$/.exec(clause)
      const client = /^a client from (\S+)$/.exec(clause)
      const moved = /^(\S+) has moved to (\S+?)(?: and (\S+) still reads it)?$/.exec(clause)
      const suspended = /^tenant (\S+) is suspended$/.exec(clause)
      const greeting = /^greeting after (\d+) ms$/.exec(clause)
      if (limit !== null && limit[1]! in limits) limits[limit[1] as keyof Limits] = Number(limit[2])
      else if (client !== null) connection.remoteAddress = client[1]!
      else if (greeting !== null) services.greetingDelayMs = Number(greeting[1])
      else if (moved !== null) await move(store, moved[1]!, moved[2]!, moved[3])
      else if (suspended !== null) scene.suspended = suspended[1] as TenantId
      else if (clause === 'the store fails') services.store = failing(store)
      else if (clause === 'submission') services.role = 'submission'
      else if (clause === 'TLS') connection.secure = true
      else if (clause === 'no certificates') connection.canStartTls = false
      else if (readGuardClause(clause, (wishes ??= {}))) continue
      else throw new Error(`unknown clause: ${clause}`)
    }
    const { suspended } = scene
    if (suspended !== undefined) await store.tenants.setSuspended(suspended, true)
    const guarding = wishes && (await setGuard(store, limits, wishes))
    if (guarding !== undefined) services.guard = guarding.guard
    return {
      connection,
      serve: (connection) => serveSmtp(connection, services),
      async close() {
        await guarding?.restore()
        if (suspended !== undefined) await store.tenants.setSuspended(suspended, false)
      },
    }
  }
}

/** Of the tenant `one`; who still reads what comes is one of its people. */
async function move(store: Store, from: string, to: string, reader: string | undefined): Promise<void> {
  const [localPart, domain] = from.split('@') as [string, string]
  const account = reader && (await store.directory.accountAt({ localPart: reader, domain }))
  const targets = { accounts: account ? [account] : [], forwards: [], movedTo: to }
  await store.aliases.add('one' as TenantId, { localPart, domain }, targets)
}

/** As when the table throttles us: look-ups fail, and may succeed later. */
function failing(store: Store): Store {
  const directory = Object.create(store.directory) as Store['directory']
  directory.resolve = async () => {
    throw new ThrottledError('no capacity')
  }
  return { ...store, directory }
}
