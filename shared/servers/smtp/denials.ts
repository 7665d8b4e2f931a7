import { type Reply, reply } from '../../codec/smtp/reply.ts'
import type { Denial } from '../../flows/arrivals/guard.ts'

/** SMTP's answer to each reason to keep something out. 421 says that the session ends with it (RFC 5321 §3.8). */
export const DENIALS: Record<Denial, Reply> = {
  'client-too-fast': reply(421, '4.7.0', 'Too many messages from your address, try again later'),
  guessing: reply(421, '4.7.0', 'Too many unknown recipients, try again later'),
  'sender-too-fast': reply(450, '4.7.1', 'Too many messages from this sender, try again later'),
  'recipient-too-fast': reply(450, '4.7.1', 'Too many messages for this recipient, try again later'),
  listed: reply(554, '5.7.1', 'Your address is on a block list'),
  greylisted: reply(450, '4.7.1', 'Greylisted, try again in a few minutes'), // RFC 6647 §4.1
  'not-authentic': reply(550, '5.7.1', "Refused by the DMARC policy of the author's domain"),
  unwanted: reply(550, '5.7.1', 'Message refused as unsolicited'),
  'put-off': reply(451, '4.7.1', 'Try again later'),
}
