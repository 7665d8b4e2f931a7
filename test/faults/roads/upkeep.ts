import { deleteMailbox } from '../../../shared/flows/mailboxes/delete-mailbox.ts'
import { expungeMessages } from '../../../shared/flows/mailboxes/expunge-messages.ts'
import { storeFlags } from '../../../shared/flows/mailboxes/store-flags.ts'
import { reclaim } from '../../../shared/flows/upkeep/reclaim.ts'
import { sweep } from '../../../shared/flows/upkeep/sweep.ts'
import { flagsOf } from '../../../shared/mailbox/flags.ts'
import type { ContentId } from '../../../shared/mailbox/ids.ts'
import { sourceOf } from '../../../shared/ports/blob-source.ts'
import type { Engine } from '../../../shared/ports/engine.ts'
import { makeCopyToken } from '../../../shared/store/copy-token.ts'
import { DEMO, message } from '../../house.ts'
import { accept, append, OTHER, receive } from '../cast.ts'
import { copiesIn, Ledger } from '../ledger.ts'
import type { Road } from '../road.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const PARTS = 400

/** So many parts that the view is an object of its own. */
function manyParts(): Uint8Array {
  const parts = Array.from(
    { length: PARTS },
    (_, index) => `--b\r\nContent-Type: text/plain; name="part-${index}.txt"\r\n\r\nx\r\n`,
  )
  return message('of many parts', `${parts.join('')}--b--\r\n`, 'Content-Type: multipart/mixed; boundary=b\r\n')
}

let lost: Uint8Array
let kept: ContentId
let gone: ContentId[]

/** Sweep and reclaim, where there is something of each kind to be found. */
export const upkeepRoad: Road = {
  name: 'upkeep',

  async prepare(store, { engine, elapse }, { alice, carol }) {
    const own = store.tenant(DEMO)
    const toAlice = [{ address: 'alice@demo.test', account: alice }]
    await receive(store, manyParts(), toAlice)
    await receive(store, message('ordinary'), toAlice)
    const envelope = Array.from({ length: 60 }, (_, n) => ({
      address: `alice+a-long-detail-${n}@demo.test`,
      account: alice,
    }))
    await receive(store, message('of a large envelope'), envelope)
    await append(store, alice, ['Drafts'], [message('kept')])
    const drafts = await own.mailboxes.mailbox(alice, ['Drafts'])
    const inbox = await own.mailboxes.mailbox(alice, ['INBOX'])
    kept = await own.replicas.use(drafts, async ({ messages }) => messages.contentAt(0))
    gone = await own.replicas.use(inbox, async (replica) => {
      const ids = Array.from({ length: replica.messages.count }, (_, row) => replica.messages.contentAt(row))
      await storeFlags(own, replica, [1, 2, 3], 'add', flagsOf(['\\Deleted']))
      await expungeMessages(own, replica)
      return ids
    })
    // A COPY that never came, an APPEND that never came, an envelope whose content never came, a transaction cut off between two tenants.
    const token = makeCopyToken(engine.clock.now(), engine.ids.random(8))
    await own.deliveries.addTokens(inbox, [{ content: kept, token }])
    const envelopeFor = (origin: 'append' | 'arrival', after?: string) => ({
      origin,
      reversePath: '',
      recipients: [{ address: '', accounts: [alice] }],
      receivedAt: engine.clock.now(),
      body: '7BIT' as const,
      smtputf8: false,
      traceOctets: 0,
      receivedSha256: sourceOf(message('orphan')).sha256,
      ...(after !== undefined && { after }),
    })
    for (const metadata of [
      await own.envelopes.prepare(engine.ids.content(), envelopeFor('append')),
      await own.envelopes.prepare(engine.ids.content(), envelopeFor('arrival', `raw/${OTHER}/${engine.ids.content()}`)),
    ]) {
      await engine.blobs.put(`raw/${DEMO}/${engine.ids.content()}`, sourceOf(message('orphan')), metadata)
    }
    await engine.blobs.put(`envelope/${DEMO}/${engine.ids.content()}`, sourceOf(message('no envelope')))
    await forget(engine)
    await elapse(9 * DAY_MS)
    // Lost just now: an event, and the job that removes a mailbox.
    await own.mailboxes.create(alice, ['Old'])
    await append(store, alice, ['Old'], [message('goes with its mailbox')])
    await deleteMailbox(own, alice, ['Old'])
    lost = message('its event was lost')
    await accept(store, lost, [
      { address: 'carol@other.test', account: carol },
      { address: 'alice@demo.test', account: alice },
    ])
    await forget(engine)
    await elapse(20 * 60 * 1000)
  },

  async run(world, { alice, carol }) {
    const ledger = new Ledger()
    ledger.sending('its event was lost', lost, [alice, carol])()
    await world.step('sweep', (store) => sweep(store))
    await world.drain()
    for (const tenant of [DEMO, OTHER]) await world.step('reclaim', (store) => reclaim(store, tenant))
    await world.ground.elapse(8 * DAY_MS)
    for (const tenant of [DEMO, OTHER]) await world.step('reclaim again', (store) => reclaim(store, tenant))
    return (counted) => {
      const faults = ledger.check(counted)
      if (copiesIn(counted, alice, 'Drafts', kept) !== 1) faults.push('what was kept is not in Drafts')
      const left = gone.filter((content) => counted.contents.get(DEMO)?.has(content))
      if (left.length > 0) faults.push(`${left.length} contents should have gone`)
      return faults
    }
  },
}

async function forget({ queues }: Engine): Promise<void> {
  for (const queue of [queues.arrivals, queues.jobs]) {
    const messages = await queue.receive({ max: 10, visibilitySeconds: 60, waitSeconds: 0 })
    for (const { receipt } of messages) await queue.delete(receipt)
  }
}
