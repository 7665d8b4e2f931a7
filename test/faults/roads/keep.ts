import { claimRecent } from '../../../shared/flows/mailboxes/claim-recent.ts'
import { copyMessages, moveMessages } from '../../../shared/flows/mailboxes/copy-messages.ts'
import { expungeMessages } from '../../../shared/flows/mailboxes/expunge-messages.ts'
import { foldMailbox } from '../../../shared/flows/mailboxes/fold-mailbox.ts'
import { storeFlags } from '../../../shared/flows/mailboxes/store-flags.ts'
import { flagsOf } from '../../../shared/mailbox/flags.ts'
import type { MailboxId } from '../../../shared/mailbox/ids.ts'
import type { Replica } from '../../../shared/store/replica.ts'
import type { TenantStore } from '../../../shared/store/store.ts'
import { DEMO, message } from '../../house.ts'
import { append, deliver, receiveMany } from '../cast.ts'
import { copiesIn, Ledger } from '../ledger.ts'
import type { Road } from '../road.ts'

/** What IMAP does to a mailbox: APPEND, STORE, COPY, MOVE, EXPUNGE, the claim of \Recent, and the fold between. */
export const keepRoad: Road = {
  name: 'keep',
  prepare: (store, _, { alice }) => receiveMany(store, alice, 9),

  async run(world, { alice }) {
    const ledger = new Ledger()
    const { inbox, archive, contents } = await world.step('SELECT', async (store) => {
      const { mailboxes, replicas } = store.tenant(DEMO)
      const [inbox, archive] = [await mailboxes.mailbox(alice, ['INBOX']), await mailboxes.mailbox(alice, ['Archive'])]
      const contents = await replicas.use(inbox, async ({ messages }) =>
        Array.from({ length: messages.count }, (_, row) => messages.contentAt(row)),
      )
      return { inbox, archive, contents }
    })
    const on = (what: string, mailbox: MailboxId, work: (own: TenantStore, replica: Replica) => Promise<unknown>) =>
      world.step(what, async (store) => {
        const own = store.tenant(DEMO)
        await own.replicas.use(mailbox, (replica) => work(own, replica))
      })

    await world.step('APPEND', async (store, tries) => {
      const messages = [message(`appended, try ${tries}`), message(`appended with it, try ${tries}`)]
      const done = messages.map((octets, index) =>
        ledger.sending(`APPEND ${index} (try ${tries})`, octets, [alice], 'Drafts'),
      )
      await append(store, alice, ['Drafts'], messages, ['\\Draft', '$Mine'])
      for (const acknowledged of done) acknowledged()
    })
    const later = flagsOf(['\\Seen', '$Later'])
    await on('STORE +FLAGS', inbox, (own, replica) => storeFlags(own, replica, [1, 2, 3, 7], 'add', later))
    await on('STORE -FLAGS', inbox, (own, replica) => storeFlags(own, replica, [2, 3], 'remove', flagsOf(['$later'])))
    await on('STORE FLAGS', inbox, (own, replica) => storeFlags(own, replica, [3], 'set', flagsOf(['\\Flagged'])))
    await deliver(world, ledger, 'meanwhile', [{ address: 'alice@demo.test', account: alice }])
    let copies = 0
    await on('COPY', inbox, (own, replica) => {
      copies += 1
      return copyMessages(own, replica, [1, 2], archive)
    })
    await on('fold', inbox, (own) => foldMailbox(own, inbox))
    await on('MOVE', inbox, (own, replica) => moveMessages(own, replica, [3, 4], archive))
    await on('MOVE into itself', inbox, (own, replica) => moveMessages(own, replica, [5], inbox))
    await on('STORE \\Deleted', inbox, (own, replica) =>
      storeFlags(own, replica, [6, 8], 'add', flagsOf(['\\Deleted'])),
    )
    await world.drain()
    await on('EXPUNGE', inbox, (own, replica) => expungeMessages(own, replica))
    await on('claim', inbox, (own, replica) => claimRecent(own, replica))
    await on('fold again', inbox, (own) => foldMailbox(own, inbox))

    return (counted) => {
      const faults = ledger.check(counted)
      const found = (uid: number) => {
        const content = contents[uid - 1]!
        return [copiesIn(counted, alice, 'INBOX', content), copiesIn(counted, alice, 'Archive', content)] as const
      }
      const expect = (what: string, uid: number, inInbox: number, least: number, most = least) => {
        const [first, second] = found(uid)
        if (first !== inInbox || second < least || second > most)
          faults.push(`${what}: UID ${uid} is ${first} times in INBOX and ${second} times in Archive`)
      }
      expect('COPY', 1, 1, 1, copies)
      expect('COPY', 2, 1, 1, copies)
      expect('MOVE', 3, 0, 1)
      expect('MOVE', 4, 0, 1)
      // Into itself it can happen again: it is still there.
      expect('MOVE into itself', 5, 1, 0)
      expect('EXPUNGE', 6, 0, 0)
      expect('EXPUNGE', 8, 0, 0)
      expect('nothing', 9, 1, 0)
      const state = counted.mailboxes.find(({ mailbox }) => mailbox === inbox)!
      const flags = [1, 2, 7].map((uid) => `${state.messages.get(uid)?.flags} ${state.messages.get(uid)?.keywords}`)
      if (flags.join() !== '1 $later,1 ,1 $later') faults.push(`STORE left ${flags}`)
      return faults
    }
  },
}
