import { encodeXtext, formatOrcpt } from '../../codec/smtp/dsn.ts'
import type { ServerReply } from '../../codec/smtp/server-reply.ts'
import { DotStuffing } from '../../codec/smtp/stuff-dots.ts'
import { log } from '../../log.ts'
import type { RelayDsn, RelayMessage, RelayOutcome } from '../../ports/relay.ts'
import { type SmtpClient, SmtpReplyError } from './smtp-client.ts'

export interface TransactionResult {
  outcomes: RelayOutcome[]
  /** The server takes fewer at a time; these may go at once, in a transaction of their own. */
  again: string[]
}

/**
 * MAIL, RCPT and DATA of one message for some recipients (RFC 5321 §3.3). What the server answers decides for each: 4yz is deferred, 5yz has
 * failed. Throws where the connection breaks before the whole was answered.
 */
export async function transact(
  client: SmtpClient,
  message: RelayMessage,
  recipients: readonly string[],
): Promise<TransactionResult> {
  const { offers } = client
  const dsn = offers.has('DSN') ? message.dsn : undefined
  const lines = [mailLine(message, offers, dsn), ...recipients.map((recipient) => rcptLine(recipient, dsn))]
  const replies = await envelope(client, lines)
  const sender = replies[0]!
  if (sender.code >= 300) {
    await reset(client, sender)
    return { outcomes: recipients.map((recipient) => outcomeOf(recipient, sender)), again: [] }
  }
  const refused = new Map<string, ServerReply>()
  for (const [index, recipient] of recipients.entries()) {
    // 421 says nothing of those behind it, but that they have to wait (§3.8).
    const reply = replies[index + 1] ?? replies.at(-1)!
    if (reply.code >= 300) refused.set(recipient, reply)
  }
  const last = replies.at(-1)!
  const taken = recipients.filter((recipient) => !refused.has(recipient))
  const answer = taken.length === 0 || last.code === 421 ? last : await content(client, message)
  if (taken.length === 0) await reset(client, last)
  const again = answer.code < 300 ? recipients.filter((recipient) => isOneTooMany(refused.get(recipient))) : []
  const outcomes = recipients
    .filter((recipient) => !again.includes(recipient))
    .map((recipient) => {
      const outcome = outcomeOf(recipient, refused.get(recipient) ?? answer)
      // RFC 3461 §5.2.2: who offers DSN tells the sender of success.
      return outcome.outcome === 'sent' && dsn !== undefined ? { ...outcome, tells: true as const } : outcome
    })
  return { outcomes, again }
}

/** The answers, in the order of the lines; up to 421 where the server gives up. Throws where the connection breaks before the first. */
async function envelope(client: SmtpClient, lines: readonly string[]): Promise<ServerReply[]> {
  const isPipelined = client.offers.has('PIPELINING')
  if (isPipelined) client.send(...lines)
  const replies: ServerReply[] = []
  for (const line of lines) {
    try {
      replies.push(isPipelined ? await client.reply() : await client.command(line))
    } catch (error) {
      if (replies.length === 0 || replies[0]!.code < 300) throw error
      break // it refused the sender, and hung up
    }
    if (replies.at(-1)!.code === 421) break
    // Without a sender there is nobody to send to; what was pipelined is answered all the same.
    if (!isPipelined && replies[0]!.code >= 300) break
  }
  return replies
}

/** From DATA to the answer to the whole. */
async function content(client: SmtpClient, message: RelayMessage): Promise<ServerReply> {
  const go = await client.command('DATA')
  if (go.code >= 400) {
    await reset(client, go)
    return go
  }
  if (go.code !== 354) throw new SmtpReplyError('DATA was answered oddly', go)
  const stuffing = new DotStuffing()
  for await (const chunk of message.content.open()) {
    for (const piece of stuffing.write(chunk)) await write(client, piece)
    if (client.hasReply) return hungUp(client)
  }
  await write(client, stuffing.end())
  return client.endReply()
}

async function write(client: SmtpClient, octets: Uint8Array): Promise<void> {
  try {
    await client.write(octets)
  } catch (error) {
    // It answered before it closed: that is why.
    if (!client.hasReply) throw error
  }
}

/** It answers in the middle of the content: it takes no more, and what went is no message. */
async function hungUp(client: SmtpClient): Promise<ServerReply> {
  const reply = await client.reply()
  client.close()
  if (reply.code < 400) throw new SmtpReplyError('The content was answered before its end', reply)
  return reply
}

/** The transaction that nobody was taken in is open still (§4.1.1.5). Where that fails, what was answered before is as true. */
async function reset(client: SmtpClient, { code }: ServerReply): Promise<void> {
  if (code === 421) return client.close()
  try {
    await client.command('RSET')
  } catch (error) {
    log.debug('smarthost-hung-up', { error: error as Error })
  }
}

function mailLine(
  { reversePath, content, smtputf8, body, tls }: RelayMessage,
  offers: SmtpClient['offers'],
  dsn?: RelayDsn,
) {
  const parameters = [
    offers.has('SIZE') && `SIZE=${content.length}`,
    offers.has('8BITMIME') && body === '8BITMIME' && 'BODY=8BITMIME',
    // RFC 6531 §3.4: for what is in the header as well as for addresses.
    offers.has('SMTPUTF8') && smtputf8 && 'SMTPUTF8',
    tls === 'always' && 'REQUIRETLS',
    dsn?.ret !== undefined && `RET=${dsn.ret}`,
    dsn?.envid !== undefined && `ENVID=${encodeXtext(dsn.envid)}`,
  ]
  return [`MAIL FROM:<${reversePath}>`, ...parameters.filter((one) => one !== false)].join(' ')
}

function rcptLine(recipient: string, dsn?: RelayDsn): string {
  const { notify, originalRecipient } = dsn?.recipients.get(recipient) ?? {}
  const parameters = [
    notify !== undefined && `NOTIFY=${notify.length === 0 ? 'NEVER' : notify.join(',')}`,
    originalRecipient !== undefined && `ORCPT=${formatOrcpt(originalRecipient)}`,
  ]
  return [`RCPT TO:<${recipient}>`, ...parameters.filter((one) => one !== false)].join(' ')
}

function outcomeOf(recipient: string, { code, text }: ServerReply): RelayOutcome {
  return { recipient, outcome: code < 300 ? 'sent' : code < 500 ? 'deferred' : 'failed', reply: text }
}

/**
 * RFC 5321 §4.5.3.1.10: 452 says "too many recipients", and so did 552 once. Behind recipients that were taken it is about their number, unless
 * its enhanced code says otherwise (4.5.3).
 */
function isOneTooMany(reply: ServerReply | undefined): boolean {
  if (reply === undefined || (reply.code !== 452 && reply.code !== 552)) return false
  const enhanced = /^\d{3}[ -][245]\.(\d{1,3}\.\d{1,3})(?: |$)/.exec(reply.text)?.[1]
  return enhanced === undefined || enhanced === '5.3'
}
