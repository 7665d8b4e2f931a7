import { sendStoredMessage } from '../../../shared/flows/outgoing/send-stored-message.ts'
import { accountOf, type ContentId } from '../../../shared/mailbox/ids.ts'
import { listAll } from '../../../shared/ports/blobs.ts'
import { openStore } from '../../../shared/store/store.ts'
import { DEMO, message } from '../../house.ts'
import { append } from '../cast.ts'
import type { Road } from '../road.ts'
import { HOST_NAME } from '../world.ts'

const HELD_MS = 20 * 60 * 1000
const LIMITS = { messageOctets: 1_000_000, recipientsPerAccount: 1000 }

/** One message that is held and goes out, one that is stopped, and one that goes at once: each once or not at all, however often that is tried. */
export const holdRoad: Road = {
  name: 'hold',
  movesQueueTime: true,
  async prepare(store, _ground, { alice }) {
    await append(store, alice, ['Drafts'], [message('held'), message('stopped'), message('at once')])
  },

  async run(world, { alice, bob }) {
    const { engine } = world.ground
    const own = openStore(engine).tenant(DEMO)
    const drafts = await own.mailboxes.mailbox(alice, ['Drafts'])
    const contents = await own.replicas.use(drafts, async ({ messages }) =>
      [0, 1, 2].map((row) => messages.contentAt(row)),
    )
    const send = (emailId: ContentId, heldMs: number) =>
      world.step('a submission', async (store) => {
        const { clock, ids } = store.engine
        const sendAt = clock.now() + heldMs
        const state = heldMs > 0 ? ('held' as const) : ('released' as const)
        const mailFrom = { email: 'alice@demo.test', parameters: null }
        const rcptTo = [{ email: 'bob@demo.test', parameters: null }]
        const shown = { identityId: 'i', emailId, threadId: 't', envelope: { mailFrom, rcptTo } }
        const envelope = {
          reversePath: 'alice@demo.test',
          recipients: [{ address: 'bob@demo.test' }],
          hostName: HOST_NAME,
        }
        const submission = { id: ids.content(), ...shown, sendAt, state }
        await sendStoredMessage(store, alice, submission, envelope, LIMITS)
        return submission.id
      })
    const held = await send(contents[0]!, HELD_MS)
    const stopped = await send(contents[1]!, HELD_MS)
    await world.step('stopping', async (store) => {
      const { submissions } = store.tenant(DEMO)
      const isStopped = await submissions.cancel(alice, stopped)
      // A repeat of what was done finds it done.
      if (!isStopped && (await submissions.get(alice, stopped))?.state !== 'canceled') throw new Error('not stopped')
    })
    const atOnce = await send(contents[2]!, 0)
    await world.drain()
    await world.ground.elapse(HELD_MS)
    await world.drain()
    const sent: string[] = []
    for await (const { name } of listAll(engine.blobs, `outbox/${DEMO}/`)) sent.push(name.split('/')[2]!)

    return (counted) => {
      const faults: string[] = []
      if (!sent.includes(held)) faults.push('what was held never went out')
      if (!sent.includes(atOnce)) faults.push('what was to go at once never did')
      if (sent.includes(stopped)) faults.push('what was stopped went out')
      const arrived = counted.mailboxes
        .filter(({ mailbox, path }) => accountOf(mailbox) === bob && path?.join() === 'INBOX')
        .reduce((sum, { messages }) => sum + messages.size, 0)
      if (arrived !== sent.length) faults.push(`${arrived} arrived of ${sent.length}`)
      return faults
    }
  },
}
