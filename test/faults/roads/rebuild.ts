import { foldMailbox } from '../../../shared/flows/mailboxes/fold-mailbox.ts'
import { storeFlags } from '../../../shared/flows/mailboxes/store-flags.ts'
import { reindex } from '../../../shared/flows/upkeep/reindex.ts'
import { flagsOf } from '../../../shared/mailbox/flags.ts'
import { accountOf, type ContentId } from '../../../shared/mailbox/ids.ts'
import { queryAll } from '../../../shared/ports/table.ts'
import { contentPk, journalPk, mailboxKey } from '../../../shared/store/keys.ts'
import { DEMO, message, SCAN } from '../../house.ts'
import { append, receiveMany, TENANTS } from '../cast.ts'
import { type CountedMessage, recount } from '../recount.ts'
import type { Road } from '../road.ts'

let before: CountedMessage[]
let views: Map<string, string>
let contents: string[]

/** The index is lost but for the directory, and made anew out of the bucket (I9). */
export const rebuildRoad: Road = {
  name: 'rebuild',

  async prepare(store, { engine }, { alice, bob }) {
    const own = store.tenant(DEMO)
    const work = await own.mailboxes.create(alice, ['Work', 'Projects'])
    const messages = Array.from({ length: 6 }, (_, index) => message(`in Work ${index}`))
    await append(store, alice, ['Work', 'Projects'], messages, ['\\Seen'])
    await own.replicas.use(work, (replica) => storeFlags(own, replica, [3, 4], 'add', flagsOf(['\\Flagged', '$Later'])))
    await foldMailbox(own, work)
    await receiveMany(store, bob, 2)
    const counted = await recount(engine, TENANTS)
    before = [...counted.mailboxes.find(({ mailbox }) => mailbox === work)!.messages.values()]
    contents = [...counted.contents.get(DEMO)!]
    views = new Map()
    for (const id of contents) {
      const item = await engine.table.get({ pk: contentPk(DEMO, id as ContentId), sk: 'view' })
      views.set(id, Buffer.from(item!['d'] as Uint8Array).toString('base64'))
    }
    const lose = async (pk: string) => {
      for await (const { sk } of queryAll(engine.table, pk)) await engine.table.write([{ delete: { pk, sk } }])
    }
    for (const id of contents) await lose(contentPk(DEMO, id as ContentId))
    await lose(journalPk(work))
    await engine.table.write([{ delete: mailboxKey(work) }])
    const inbox = await own.mailboxes.mailbox(bob, ['INBOX'])
    // bob's INBOX was never folded: it begins anew, empty.
    for await (const { pk, sk } of queryAll(engine.table, journalPk(inbox), { from: '0000000000000002' })) {
      await engine.table.write([{ delete: { pk, sk } }])
    }
  },

  async run(world, { alice, bob }) {
    await world.step('reindex', (store) => reindex(store.tenant(DEMO), SCAN))
    await world.drain()
    const { engine } = world.ground
    const wrong: string[] = []
    for (const id of contents) {
      const item = await engine.table.get({ pk: contentPk(DEMO, id as ContentId), sk: 'view' })
      if (Buffer.from((item?.['d'] ?? []) as Uint8Array).toString('base64') !== views.get(id))
        wrong.push(`the view of ${id} is another`)
    }
    return (counted) => {
      const find = (account: typeof alice, name: string) =>
        counted.mailboxes.find(({ mailbox, path }) => accountOf(mailbox) === account && path?.join('/') === name)
      const restored = [...(find(alice, 'Work/Projects')?.messages.values() ?? [])]
      const faults = [...wrong]
      if (JSON.stringify(restored) !== JSON.stringify(before)) faults.push('Work/Projects is not as it was')
      const found = find(bob, 'INBOX')?.messages.size
      if (found !== 2) faults.push(`${found} messages were found again for bob`)
      return faults
    }
  },
}
