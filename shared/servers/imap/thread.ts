import { formatThreads, type ThreadArgs, type ThreadNode } from '../../codec/imap/thread.ts'
import { readSubject } from './base-subject.ts'
import type { ByUid } from './command-table.ts'
import type { Done } from './done.ts'
import { Pacer } from './pacer.ts'
import { type Threaded, threadByReferences } from './reference-threads.ts'
import { findMessages, okSearched } from './search.ts'
import { sentTime } from './sent-time.ts'
import type { Selected } from './session.ts'
import { viewsInOrder } from './views-in-order.ts'

/** THREAD and UID THREAD (RFC 5256). */
export async function thread(session: Selected, args: ThreadArgs & ByUid): Promise<Done> {
  const numbers = await findMessages(session, args.criteria)
  const messages: Threaded[] = []
  const pacer = new Pacer()
  for await (const [number, view] of viewsInOrder(session, numbers)) {
    if (pacer.due) await pacer.rest()
    if (view === undefined) continue
    const { table, row } = session.view.at(number)
    const { messageId, inReplyTo, references } = view.messageIds
    const { base, isReply } = readSubject(view.envelope.subject ?? '')
    messages.push({
      number: args.uid ? session.view.uidOf(number) : number,
      messageId,
      references: references.length > 0 ? references : inReplyTo.slice(0, 1),
      subject: base,
      isReply,
      sentAt: sentTime(view.envelope.date ?? '') ?? table.dateAt(row),
    })
  }
  const threads = args.algorithm === 'REFERENCES' ? threadByReferences(messages) : threadBySubject(messages)
  session.out.add(formatThreads(threads))
  return okSearched('THREAD completed', args)
}

/** THREAD=ORDEREDSUBJECT (RFC 5256 §3): the first of a subject with all others as its answers. */
function threadBySubject(messages: readonly Threaded[]): ThreadNode[] {
  const bySubject = new Map<string, Threaded[]>()
  for (const message of messages.toSorted((a, b) => a.sentAt - b.sentAt || a.number - b.number)) {
    const others = bySubject.get(message.subject)
    if (others === undefined) bySubject.set(message.subject, [message])
    else others.push(message)
  }
  return [...bySubject.values()].map(([first, ...others]) => ({
    number: first!.number,
    children: others.map(({ number }) => ({ number, children: [] })),
  }))
}
