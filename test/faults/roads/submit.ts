import { submitMessage } from '../../../shared/flows/outgoing/submit-message.ts'
import { accountOf } from '../../../shared/mailbox/ids.ts'
import { readWhole, sourceOf } from '../../../shared/ports/blob-source.ts'
import { listAll } from '../../../shared/ports/blobs.ts'
import { DEMO, message } from '../../house.ts'
import { CLIENT } from '../cast.ts'
import { Ledger } from '../ledger.ts'

import type { Road } from '../road.ts'

const RECIPIENTS = ['bob@demo.test', 'carol@other.test', 'someone@elsewhere.example', 'nobody@demo.test']

/** Submission and sending: to both tenants, to the world, and to nobody, of which the sender is told once. */
export const submitRoad: Road = {
  name: 'submit',
  prepare: async () => undefined,

  async run(world, { alice, bob, carol }) {
    const { engine } = world.ground
    const ledger = new Ledger()
    let sent = 0
    let acknowledged = ''
    await world.step('submission', async (store, tries) => {
      const octets = message(`submitted, try ${tries}`)
      sent += 1
      const submission = {
        account: alice,
        reversePath: 'alice@demo.test',
        recipients: RECIPIENTS,
        leavesTheHouse: true,
        body: '7BIT',
        smtputf8: false,
        client: CLIENT,
      } as const
      const content = await submitMessage(store, submission, sourceOf(octets))
      acknowledged = content
      const object = await readWhole(engine.blobs, `outbox/${DEMO}/${content}`)
      // What arrives is what was put into the outbox, with its trace.
      ledger.sending(`submitted (try ${tries})`, object!, [bob, carol])()
    })
    await world.drain()
    const captured: string[] = []
    for await (const { name } of listAll(engine.blobs, `captured/${DEMO}/`)) captured.push(name.split('/')[2]!)

    return (counted) => {
      const faults = ledger.check(counted)
      if (!captured.includes(acknowledged)) faults.push('the relay never got it')
      if (captured.length > sent) faults.push(`the relay got ${captured.length}`)
      // One report for each message that went out, unacknowledged ones too; no more.
      const reports = counted.mailboxes
        .filter(({ mailbox, path }) => accountOf(mailbox) === alice && path?.join() === 'INBOX')
        .flatMap(({ messages }) => [...messages.values()])
      if (reports.length < 1 || reports.length > captured.length)
        faults.push(`${reports.length} reports of ${captured.length}`)
      return faults
    }
  },
}
