import type { BdatArguments } from '../../codec/smtp/command.ts'
import { type Reply, reply } from '../../codec/smtp/reply.ts'
import { DisconnectedError } from '../connection.ts'
import type { InTransaction } from './command-table.ts'
import { Intake } from './intake.ts'
import { REPLIES } from './replies.ts'
import { takeOver } from './take-over.ts'

/** BDAT (RFC 3030 §2): counted octets, in any number of commands. */
export async function bdat(session: InTransaction, { sizeOctets, last }: BdatArguments): Promise<Reply> {
  const { transaction } = session
  const intake = (transaction.intake ??= new Intake(session.services))
  if (transaction.recipients.size === 0) intake.refuse(REPLIES.noRecipients)
  await receive(session, intake, sizeOctets)
  if (last) return takeOver(session, intake)
  if (intake.refusal === undefined) return reply(250, '2.0.0', `${sizeOctets} octets received`)
  // The chunk failed, and the transaction with it; what the client pipelined behind it gets 503 (§2).
  await session.endTransaction()
  return intake.refusal
}

async function receive({ reader, services }: InTransaction, intake: Intake, sizeOctets: number): Promise<void> {
  for (let missing = sizeOctets; missing > 0; ) {
    const chunk = await reader.readChunk(services.limits.smtpDataIdleMs)
    if (chunk === undefined) throw new DisconnectedError('the client went away in BDAT')
    if (chunk.length > missing) reader.unread(chunk.subarray(missing))
    const content = chunk.subarray(0, missing)
    missing -= content.length
    await intake.write(content)
  }
}
