import type { BdatArguments } from '../../codec/smtp/command.ts'
import { type Reply, reply } from '../../codec/smtp/reply.ts'
import { DisconnectedError } from '../connection.ts'
import type { InTransaction } from './command-table.ts'
import { Intake } from './intake.ts'
import { REPLIES } from './replies.ts'
import type { Session } from './session.ts'
import { takeOver } from './take-over.ts'

/** BDAT (RFC 3030 §2): counted octets, in any number of commands. They are read whatever the answer, as they are no commands. */
export async function bdat(session: Session, { sizeOctets, last }: BdatArguments): Promise<Reply> {
  const { transaction } = session
  const intake = transaction?.intake ?? new Intake(session)
  if (session.client === undefined) intake.refuse(REPLIES.greetFirst)
  if (transaction === undefined) intake.refuse(REPLIES.noTransaction)
  else {
    transaction.intake = intake // so that it is discarded however the session ends
    if (transaction.recipients.size === 0) intake.refuse(REPLIES.noRecipients)
  }
  const binary = transaction?.body === 'BINARYMIME'
  await receive(session, intake, sizeOctets, binary)
  if (last && !binary) intake.endCounted()
  if (last && transaction !== undefined) return takeOver(session as InTransaction, intake)
  if (intake.refusal === undefined) return reply(250, '2.0.0', `${sizeOctets} octets received`)
  // The chunk failed, and the transaction with it; what the client pipelined behind it gets 503 (§2).
  await intake.discard()
  await session.endTransaction()
  return intake.refusal
}

async function receive(session: Session, intake: Intake, sizeOctets: number, binary: boolean): Promise<void> {
  const { reader, services } = session
  for (let missing = sizeOctets; missing > 0; ) {
    const chunk = await reader.readChunk(services.limits.smtpDataIdleMs)
    if (chunk === undefined) throw new DisconnectedError('the client went away in BDAT')
    if (chunk.length > missing) reader.unread(chunk.subarray(missing))
    const content = chunk.subarray(0, missing)
    missing -= content.length
    if (binary)
      await intake.write(content) // RFC 3030 §3: octets of any kind
    else await intake.writeCounted(content)
    if (intake.hopeless) {
      session.end()
      return
    }
  }
}
