import { copyMessages } from '../../../shared/flows/mailboxes/copy-messages.ts'
import { deleteMailbox } from '../../../shared/flows/mailboxes/delete-mailbox.ts'
import { foldMailbox } from '../../../shared/flows/mailboxes/fold-mailbox.ts'
import { MailError, type MailErrorKind } from '../../../shared/mailbox/errors.ts'
import { accountOf } from '../../../shared/mailbox/ids.ts'
import type { Store } from '../../../shared/store/store.ts'
import { DEMO, message } from '../../house.ts'
import { append, deliver, receiveMany } from '../cast.ts'
import { Ledger } from '../ledger.ts'
import type { Road } from '../road.ts'

/** CREATE, RENAME and DELETE with mail in the mailboxes and mail coming in; a folded mailbox is removed. */
export const namesRoad: Road = {
  name: 'names',
  prepare: (store, _, { alice }) => receiveMany(store, alice, 2),

  async run(world, { alice }) {
    const ledger = new Ledger()
    const toAlice = [{ address: 'alice@demo.test', account: alice }]
    /** A client that is told, when it asks again, that it is done already. */
    const once = (what: string, done: MailErrorKind, work: (store: Store) => Promise<unknown>) =>
      world.step(what, async (store, tries) => {
        try {
          await work(store)
        } catch (error) {
          if (tries === 0 || !(error instanceof MailError && error.kind === done)) throw error
        }
      })
    const kept = message('kept by a copy')
    const keep = ledger.sending('kept by a copy', kept, [alice], 'Archive')

    await once('CREATE', 'mailbox-exists', (store) => store.tenant(DEMO).mailboxes.create(alice, ['Work', 'Projects']))
    await world.step('APPEND', (store) => append(store, alice, ['Work', 'Projects'], [kept, message('lost with it')]))
    await world.step('copy and fold', async (store) => {
      const own = store.tenant(DEMO)
      const [projects, archive] = [
        await own.mailboxes.mailbox(alice, ['Work', 'Projects']),
        await own.mailboxes.mailbox(alice, ['Archive']),
      ]
      await foldMailbox(own, projects)
      await own.replicas.use(archive, async (there) => {
        if (there.messages.count > 0) return
        await own.replicas.use(projects, (replica) => copyMessages(own, replica, [1], archive))
      })
    })
    await once('RENAME', 'no-such-mailbox', (store) => store.tenant(DEMO).mailboxes.rename(alice, ['Work'], ['Job']))
    await once('DELETE', 'no-such-mailbox', (store) => deleteMailbox(store.tenant(DEMO), alice, ['Job', 'Projects']))
    await deliver(world, ledger, 'before RENAME INBOX', toAlice)
    await once('RENAME INBOX', 'mailbox-exists', (store) =>
      store.tenant(DEMO).mailboxes.rename(alice, ['INBOX'], ['Old']),
    )
    await world.drain()
    await deliver(world, ledger, 'after RENAME INBOX', toAlice)
    await once('CREATE again', 'mailbox-exists', (store) =>
      store.tenant(DEMO).mailboxes.create(alice, ['Job', 'Projects']),
    )
    await once('DELETE of a parent', 'mailbox-has-children', (store) =>
      deleteMailbox(store.tenant(DEMO), alice, ['Job']),
    )
    keep()

    return (counted) => {
      const faults = ledger.check(counted)
      const own = counted.mailboxes.filter(({ mailbox, path }) => accountOf(mailbox) === alice && path !== undefined)
      const names = own.map(({ path }) => path!.join('/')).sort()
      const expected = ['Archive', 'Drafts', 'INBOX', 'Job/Projects', 'Junk', 'Old', 'Sent', 'Trash']
      if (names.join() !== expected.join()) faults.push(`the names are ${names}`)
      const old = own.find(({ path }) => path!.join('/') === 'Old')?.messages.size ?? 0
      if (old < 2) faults.push(`of INBOX ${old} messages are in Old`)
      return faults
    }
  },
}
