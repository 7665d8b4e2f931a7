import { accountOf } from '../../../shared/mailbox/ids.ts'
import { listAll } from '../../../shared/ports/blobs.ts'
import { DEMO, message } from '../../house.ts'
import { accept } from '../cast.ts'
import { Ledger } from '../ledger.ts'
import type { Road } from '../road.ts'

/** A message that rules file twice and send on: into both mailboxes or none, and on its way once, however often that is tried. */
export const rulesRoad: Road = {
  name: 'rules',
  async prepare(store, _ground, { alice }) {
    const own = store.tenant(DEMO)
    const lists = await own.mailboxes.create(alice, ['Lists'])
    const work = await own.mailboxes.create(alice, ['Work'])
    const actions = { markRead: true, flag: false, keywords: ['$filed'], delete: false, stop: false }
    const forwardTo = ['carol@other.test', 'someone@elsewhere.example']
    const rule = { id: 'r1', name: '', isEnabled: true, match: 'all', conditions: [] } as const
    await own.rules.put(alice, [{ ...rule, actions: { ...actions, mailboxes: [lists, work], forwardTo } }], 0)
  },

  async run(world, { alice, carol }) {
    const ledger = new Ledger()
    await world.step('an arrival to file', async (store, tries) => {
      const octets = message(`filed, try ${tries}`)
      const acknowledged = ['Lists', 'Work'].map((path) =>
        ledger.sending(`into ${path} (try ${tries})`, octets, [alice], path),
      )
      await accept(store, octets, [{ address: 'alice@demo.test', account: alice }])
      for (const acknowledge of acknowledged) acknowledge()
    })
    await world.drain()
    let captured = 0
    for await (const _ of listAll(world.ground.engine.blobs, `captured/${DEMO}/`)) captured += 1

    return (counted) => {
      const count = (account: string, path: string) =>
        counted.mailboxes
          .filter((one) => accountOf(one.mailbox) === account && one.path?.join('/') === path)
          .reduce((sum, { messages }) => sum + messages.size, 0)
      const filed = count(alice, 'Lists')
      const faults = ledger.check(counted)
      if (count(alice, 'Work') !== filed) faults.push(`${count(alice, 'Work')} in Work, ${filed} in Lists`)
      if (count(alice, 'INBOX') > 0) faults.push('one is in INBOX')
      if (count(carol, 'INBOX') !== filed) faults.push(`${count(carol, 'INBOX')} at carol's of ${filed} filed`)
      if (captured !== filed) faults.push(`${captured} went out of ${filed} filed`)
      return faults
    }
  },
}
