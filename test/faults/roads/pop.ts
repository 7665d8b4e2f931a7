import { updateMaildrop } from '../../../shared/flows/mailboxes/update-maildrop.ts'
import { MailError } from '../../../shared/mailbox/errors.ts'
import { accountOf } from '../../../shared/mailbox/ids.ts'
import { DEMO } from '../../house.ts'
import { deliver, receiveMany } from '../cast.ts'
import { Ledger } from '../ledger.ts'
import type { Road } from '../road.ts'

/** Longer than a maildrop's lock outlives its session. */
const LEASE_MS = 61_000

/** POP3: a session takes the maildrop, deletes two messages and quits, while mail comes in. */
export const popRoad: Road = {
  name: 'pop',
  prepare: (store, _, { alice }) => receiveMany(store, alice, 4),

  async run(world, { alice }) {
    const ledger = new Ledger()
    for (const uids of [[1, 3], [4]]) {
      await world.step('a session', async (store) => {
        const own = store.tenant(DEMO)
        const inbox = await own.mailboxes.mailbox(alice, ['INBOX'])
        const lock = await own.maildropLocks.acquire(inbox).catch(async (error: unknown) => {
          if (error instanceof MailError && error.kind === 'in-use') await world.ground.elapse(LEASE_MS)
          throw error
        })
        try {
          const outcome = await own.replicas.use(inbox, (replica) => updateMaildrop(own, replica, lock, uids))
          if (outcome !== 'done') world.complaints.push('nobody else could have the maildrop')
        } finally {
          await lock.release()
        }
      })
      await deliver(world, ledger, `between sessions ${uids}`, [{ address: 'alice@demo.test', account: alice }])
    }
    return (counted) => {
      const faults = ledger.check(counted)
      const inbox = counted.mailboxes.find(
        ({ mailbox, path }) => accountOf(mailbox) === alice && path?.join() === 'INBOX',
      )!
      const left = [...inbox.messages.keys()].filter((uid) => uid <= 4)
      if (left.join() !== '2') faults.push(`left are ${left}`)
      return faults
    }
  },
}
