import { openEmbeddedEngine } from '../../shared/engines/embedded/engine.ts'
import { appendMessages } from '../../shared/flows/mailboxes/append-messages.ts'
import { removeMessages } from '../../shared/flows/mailboxes/expunge-messages.ts'
import { foldMailbox } from '../../shared/flows/mailboxes/fold-mailbox.ts'
import { NO_FLAGS } from '../../shared/mailbox/flags.ts'
import type { TenantId } from '../../shared/mailbox/ids.ts'
import { sourceOf } from '../../shared/ports/blob-source.ts'
import { openStore } from '../../shared/store/store.ts'
import type { ServerProcess } from '../server-process.ts'

const SCAN = { mimeLevels: 100, mimeParts: 10_000 }
/** Messages of one commit, and commits at a time. */
const [BATCH, BATCHES] = [90, 60]

/** Fills a mailbox of alice's through the store, with the server stopped, and folds it as the server does in time. */
export async function fillMailbox(
  server: ServerProcess,
  name: string,
  count: number,
  messageOf: (number: number) => Uint8Array,
): Promise<void> {
  await server.whileStopped(async () => {
    const engine = await openEmbeddedEngine({ folder: server.data, relay: { kind: 'capture' } })
    const store = openStore(engine)
    const demo = store.tenant('demo' as TenantId)
    const account = (await store.directory.accountAt({ localPart: 'alice', domain: 'demo.test' }))!
    const isInbox = name === 'INBOX'
    const mailbox = await (isInbox ? demo.mailboxes.mailbox(account, [name]) : demo.mailboxes.create(account, [name]))
    await demo.replicas.use(mailbox, async (replica) => {
      const { messages } = replica
      const uids = Array.from({ length: messages.count }, (_, row) => messages.uidAt(row))
      await removeMessages(demo, replica, () => uids)
    })
    for (let at = 0; at < count; at += BATCH * BATCHES) {
      const batches = Array.from({ length: BATCHES }, (_, batch) => {
        const from = at + batch * BATCH
        return Array.from({ length: Math.max(0, Math.min(BATCH, count - from)) }, (_, index) => ({
          source: sourceOf(messageOf(from + index)),
          flags: NO_FLAGS,
        }))
      })
      await Promise.all(
        batches.filter(({ length }) => length > 0).map((messages) => appendMessages(demo, mailbox, messages, SCAN)),
      )
    }
    await foldMailbox(demo, mailbox)
    await engine.close()
  })
}
