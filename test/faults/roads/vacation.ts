import { accountOf } from '../../../shared/mailbox/ids.ts'
import { listAll } from '../../../shared/ports/blobs.ts'
import { NO_RESPONSE } from '../../../shared/store/vacations.ts'
import { DEMO, message } from '../../house.ts'
import { accept } from '../cast.ts'
import { Ledger } from '../ledger.ts'
import type { Road } from '../road.ts'

/** Two messages of one sender while the account is away: each is kept once, and one answer goes out, however often that is tried. */
export const vacationRoad: Road = {
  name: 'vacation',
  async prepare(store, _ground, { alice }) {
    await store.tenant(DEMO).vacations.put(alice, { ...NO_RESPONSE, isEnabled: true, textBody: 'Away.' }, 0)
  },

  async run(world, { alice }) {
    const ledger = new Ledger()
    for (const which of ['first', 'second']) {
      await world.step(`the ${which} arrival`, async (store, tries) => {
        const octets = message(`${which}, try ${tries}`)
        const acknowledged = ledger.sending(`the ${which} (try ${tries})`, octets, [alice])
        await accept(store, octets, [{ address: 'alice@demo.test', account: alice }])
        acknowledged()
      })
    }
    await world.drain()
    let captured = 0
    for await (const _ of listAll(world.ground.engine.blobs, `captured/${DEMO}/`)) captured += 1

    return (counted) => {
      const faults = ledger.check(counted)
      if (captured !== 1) faults.push(`${captured} answers`)
      for (const { mailbox, path, messages } of counted.mailboxes) {
        if (accountOf(mailbox) === alice && path?.join('/') !== 'INBOX' && messages.size > 0)
          faults.push(`${messages.size} in ${path?.join('/')}`)
      }
      return faults
    }
  },
}
