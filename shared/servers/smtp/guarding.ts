/** Where the guard (flows/arrivals/guard.ts) meets a session. Each asks first whether there is one and whether it watches this client. */
import { type Address, formatAddress } from '../../codec/smtp/address.ts'
import type { Reply } from '../../codec/smtp/reply.ts'
import { admitRecipient } from '../../flows/arrivals/admit-recipient.ts'
import type { Denial, Guard } from '../../flows/arrivals/guard.ts'
import { type Judgement, judgeMessage, type RecipientToJudge } from '../../flows/arrivals/judge-message.ts'
import { networkOf } from '../../mailbox/client-network.ts'
import type { BlobSource } from '../../ports/blobs.ts'
import type { InTransaction } from './command-table.ts'
import { DENIALS } from './denials.ts'
import { formatReversePath } from './reverse-path.ts'
import type { Session, TransactionRecipient } from './session.ts'

const NOTHING_SAID: Judgement = { traceFields: [], junk: new Set() }

/** At MAIL on port 25. */
export function denySender(session: Session, reversePath: Address | undefined): Reply | undefined {
  const guard = guardOf(session, 'mx')
  if (guard === undefined) return undefined
  const now = session.services.store.engine.clock.now()
  if (!guard.rates.client.take(networkOf(session.connection.remoteAddress), now))
    return denied(session, 'client-too-fast')
  const sender = formatReversePath(reversePath).toLowerCase()
  // The null reverse-path is nobody's, and a flood of notifications has one client.
  if (sender !== '' && !guard.rates.sender.take(sender, now)) return denied(session, 'sender-too-fast')
  return undefined
}

/** At RCPT on port 25, once it is known where the address leads. */
export async function denyRecipient(
  session: InTransaction,
  { address, resolution }: TransactionRecipient,
): Promise<Reply | undefined> {
  const guard = guardOf(session, 'mx')
  if (guard === undefined) return undefined
  const { store } = session.services
  const { remoteAddress } = session.connection
  if (resolution.kind === 'no-such-address') {
    const inTime = guard.rates.unknownRecipient.take(networkOf(remoteAddress), store.engine.clock.now())
    return inTime ? undefined : denied(session, 'guessing')
  }
  if (resolution.kind !== 'local') return undefined
  const { tenant, protection } = resolution
  const reversePath = formatReversePath(session.transaction.reversePath)
  const denial = await admitRecipient(store, guard, {
    remoteAddress,
    reversePath,
    recipient: address,
    tenant,
    protection,
  })
  return denial && denied(session, denial)
}

/** At the end of a message on port 25. */
export async function judge(session: InTransaction, source: BlobSource): Promise<Judgement> {
  const guard = guardOf(session, 'mx')
  if (guard === undefined) return NOTHING_SAID
  const recipients = [...session.transaction.recipients.values()].flatMap(toJudge)
  const claims = {
    remoteAddress: session.connection.remoteAddress,
    helo: session.client.name,
    reversePath: formatReversePath(session.transaction.reversePath),
  }
  return judgeMessage(guard, { source, claims, recipients, hostName: session.services.hostName })
}

function toJudge({ address, resolution }: TransactionRecipient): RecipientToJudge[] {
  if (resolution.kind !== 'local') return []
  const { tenant, protection, accounts } = resolution
  return [{ address: formatAddress(address), tenant, dmarc: protection.dmarc, onlyForwards: accounts.length === 0 }]
}

/** What an account may send to in an hour; undefined: any number. */
export function recipientsPerAccount(session: Session): number | undefined {
  return guardOf(session, 'submission')?.limits.recipientsPerAccount
}

function guardOf({ services, connection }: Session, role: 'mx' | 'submission'): Guard | undefined {
  const { guard } = services
  return services.role === role && guard?.watches(connection.remoteAddress) ? guard : undefined
}

function denied(session: Session, denial: Denial): Reply {
  const reply = DENIALS[denial]
  if (reply.code === 421) session.end()
  return reply
}
