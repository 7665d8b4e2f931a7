/** Fifty at one mailbox, through two gateways on one engine: appends, deliveries, flags, copies, moves and expunges at once; then all is counted. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { copyMessages, moveMessages } from '../../shared/flows/mailboxes/copy-messages.ts'
import { expungeMessages } from '../../shared/flows/mailboxes/expunge-messages.ts'
import { foldMailbox } from '../../shared/flows/mailboxes/fold-mailbox.ts'
import { storeFlags } from '../../shared/flows/mailboxes/store-flags.ts'
import { MailError } from '../../shared/mailbox/errors.ts'
import { flagsOf } from '../../shared/mailbox/flags.ts'
import { openStore } from '../../shared/store/store.ts'
import { DEMO, message } from '../house.ts'
import { accept, append, makeCast, receiveMany, TENANTS } from './cast.ts'
import { embeddedGrounds } from './ground.ts'
import { Ledger } from './ledger.ts'
import { recount } from './recount.ts'
import { compareReplicas, settle } from './road.ts'
import { World } from './world.ts'

const WRITERS = 50
const ROUNDS = 8

test('50 writers on one mailbox', async () => {
  const grounds = await embeddedGrounds(async (ground) => {
    const store = openStore(ground.engine)
    const made = await makeCast(store)
    await receiveMany(store, made.alice, 20)
    return made
  })
  const { ground, cast } = await grounds.open()
  try {
    const { alice } = cast
    const ledger = new Ledger()
    const gateways = [new World(ground), new World(ground)]
    const own = gateways[0]!.store.tenant(DEMO)
    const inbox = await own.mailboxes.mailbox(alice, ['INBOX'])
    const archive = await own.mailboxes.mailbox(alice, ['Archive'])

    async function write(writer: number): Promise<void> {
      const { store } = gateways[writer % gateways.length]!
      const tenant = store.tenant(DEMO)
      const what = `writer ${writer}`
      for (let round = 0; round < ROUNDS; round += 1) {
        const octets = message(`${what} round ${round}`)
        await tenant.replicas.use(inbox, async (replica) => {
          const { messages } = replica
          const uids = Array.from({ length: messages.count }, (_, row) => messages.uidAt(row) as number)
          // Only what was prepared is moved about and expunged: the rest has to be counted at the end.
          const some = uids.filter((uid) => uid <= 20 && (uid + writer + round) % 5 === 0)
          switch (writer % 6) {
            case 0: {
              const done = ledger.sending(`${what} round ${round}`, octets, [alice], 'INBOX')
              await append(store, alice, ['INBOX'], [octets], ['\\Flagged', `$w${writer % 3}`])
              return done()
            }
            case 1: {
              const done = ledger.sending(`${what} round ${round}`, octets, [alice], 'INBOX')
              await accept(store, octets, [{ address: 'alice@demo.test', account: alice }])
              return done()
            }
            case 2:
              await storeFlags(tenant, replica, uids, round % 2 === 0 ? 'add' : 'remove', flagsOf(['\\Seen', '$Busy']))
              return
            case 3:
              await copyMessages(tenant, replica, some, archive)
              return
            case 4:
              if (round % 4 === 3) await foldMailbox(tenant, inbox)
              await moveMessages(tenant, replica, some.slice(0, 1), round % 2 === 0 ? archive : inbox)
              return
            default:
              await storeFlags(tenant, replica, some.slice(0, 1), 'add', flagsOf(['\\Deleted']))
              await expungeMessages(tenant, replica, some.slice(0, 1))
          }
        })
      }
    }

    const outcomes = await Promise.allSettled(Array.from({ length: WRITERS }, (_, writer) => write(writer)))
    for (const outcome of outcomes) {
      // Contention may be answered with "try again", and nothing else.
      const isFine =
        outcome.status === 'fulfilled' || (outcome.reason instanceof MailError && outcome.reason.kind === 'try-again')
      assert.ok(isFine, isFine ? '' : String((outcome.reason as Error).stack))
    }
    await gateways[0]!.drain()
    const first = await recount(ground.engine, TENANTS)
    assert.deepEqual([...first.faults, ...ledger.check(first), ...(await compareReplicas(ground, first))], [])
    assert.deepEqual(
      gateways.flatMap(({ complaints }) => complaints),
      [],
    )
    await settle(ground)
    const last = await recount(ground.engine, TENANTS, { settled: true, earlier: first })
    assert.deepEqual([...last.faults, ...ledger.check(last)], [])
    assert.ok(outcomes.filter(({ status }) => status === 'fulfilled').length > WRITERS / 2)
  } finally {
    await ground.close()
    await grounds.close()
  }
})
