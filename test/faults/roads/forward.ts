import { acceptMessage } from '../../../shared/flows/arrivals/accept-message.ts'
import { accountOf } from '../../../shared/mailbox/ids.ts'
import { sourceOf } from '../../../shared/ports/blob-source.ts'
import { listAll } from '../../../shared/ports/blobs.ts'
import { DEMO, message } from '../../house.ts'
import { CLIENT } from '../cast.ts'
import { Ledger } from '../ledger.ts'
import type { Road } from '../road.ts'

const FORWARDS = ['carol@other.test', 'someone@elsewhere.example']

/** A message for an address that keeps a copy and forwards to the other tenant and to the world: it goes on once, however often that is tried. */
export const forwardRoad: Road = {
  name: 'forward',
  prepare: async () => undefined,

  async run(world, { alice, carol }) {
    const ledger = new Ledger()
    await world.step('an arrival to forward', async (store, tries) => {
      const octets = message(`forwarded, try ${tries}`)
      const acknowledged = ledger.sending(`to forward (try ${tries})`, octets, [alice])
      const recipients = [
        {
          address: 'away@demo.test',
          tenant: DEMO,
          accounts: [alice],
          forwards: FORWARDS,
          notify: ['SUCCESS'] as const,
        },
      ]
      const transaction = { reversePath: 'carol@other.test', recipients, body: '7BIT', smtputf8: false } as const
      await acceptMessage(store, { ...transaction, client: CLIENT }, sourceOf(octets))
      acknowledged()
    })
    await world.drain()
    let captured = 0
    for await (const _ of listAll(world.ground.engine.blobs, `captured/${DEMO}/`)) captured += 1

    return (counted) => {
      const [kept, passedOn] = [alice, carol].map((account) =>
        counted.mailboxes
          .filter(({ mailbox, path }) => accountOf(mailbox) === account && path?.join() === 'INBOX')
          .reduce((sum, { messages }) => sum + messages.size, 0),
      )
      const faults = ledger.check(counted)
      // The copy, and the report that the sender asked for.
      if (passedOn !== 2 * kept!) faults.push(`${passedOn} messages at carol's of ${kept} kept`)
      if (captured !== kept) faults.push(`${captured} went out of ${kept} kept`)
      return faults
    }
  },
}
