import { type DataState, decodeData } from '../../codec/smtp/data.ts'
import type { Reply } from '../../codec/smtp/reply.ts'
import { DisconnectedError } from '../connection.ts'
import type { InTransaction } from './command-table.ts'
import { Intake } from './intake.ts'
import { REPLIES } from './replies.ts'
import { takeOver } from './take-over.ts'

const BEGIN: Reply = { code: 354, lines: ['Go ahead, end with CR LF . CR LF'] }

/** DATA (RFC 5321 §4.1.1.4). */
export async function data(session: InTransaction): Promise<Reply> {
  if (session.transaction.intake !== undefined) return REPLIES.bdatBegun
  if (session.transaction.body === 'BINARYMIME') return REPLIES.binaryNeedsBdat // RFC 3030 §3
  if (session.transaction.recipients.size === 0) return REPLIES.noRecipients
  session.send(BEGIN)
  const intake = new Intake(session)
  session.transaction.intake = intake // so that it is discarded however the session ends
  await receive(session, intake)
  return takeOver(session, intake)
}

async function receive(session: InTransaction, intake: Intake): Promise<void> {
  const { reader, services } = session
  let state: DataState = 'line-start'
  for (;;) {
    const chunk = await reader.readChunk(services.limits.smtpDataIdleMs)
    // What has no end is no message, and nobody is left to be told.
    if (chunk === undefined) throw new DisconnectedError('the client went away in DATA')
    const decoded = decodeData(state, chunk)
    // Other servers would take "\n.\n" for the end and what follows for commands, so it must not go on to them (CVE-2023-51764).
    if (decoded.bareLineEnd) intake.refuse(REPLIES.bareInContent)
    for (const piece of decoded.content) await intake.write(piece)
    if (decoded.rest !== undefined) {
      reader.unread(decoded.rest)
      return
    }
    if (intake.hopeless) {
      session.end()
      return
    }
    state = decoded.state
  }
}
