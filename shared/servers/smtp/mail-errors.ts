import { type Reply, reply } from '../../codec/smtp/reply.ts'
import type { MailErrorKind } from '../../mailbox/errors.ts'
import { REPLIES } from './replies.ts'

/** SMTP's answer to each thing that can go wrong with mail. Who may try again later gets a 4yz, and keeps its copy until then. */
export const MAIL_ERRORS: Record<MailErrorKind, Reply> = {
  'no-such-mailbox': reply(550, '5.1.1', 'No such mailbox'),
  'no-such-message': REPLIES.internalError,
  'mailbox-exists': REPLIES.internalError,
  'mailbox-has-children': REPLIES.internalError,
  'invalid-name': reply(553, '5.1.3', 'Mailbox name not allowed'),
  'read-only': reply(550, '5.7.1', 'Not allowed'),
  'over-quota': reply(452, '4.2.2', 'Mailbox full'),
  'hourly-quota': reply(452, '4.7.1', 'Too many recipients in this hour, try again later'),
  'daily-quota': reply(452, '4.7.1', 'Quota of messages exceeded for this day, try again later'),
  'monthly-quota': reply(452, '4.7.1', 'Quota of messages exceeded for this month, try again later'),
  'too-large': REPLIES.tooLarge,
  'too-many': reply(452, '4.5.3', 'Too many recipients'),
  'bad-credentials': reply(535, '5.7.8', 'Authentication credentials invalid'),
  // 421 and not 454 (RFC 4954 §6): the connection closes, so that the next guess costs another one.
  'too-many-logins': reply(421, '4.7.0', 'Too many failed logins, try again later'),
  'too-many-connections': reply(421, '4.7.0', 'Too many connections of this account, try again later'),
  'needs-encryption': reply(538, '5.7.11', 'Encryption required for this authentication mechanism'),
  suspended: reply(525, '5.7.13', 'Account disabled'),
  'not-allowed': reply(550, '5.7.1', 'Not allowed'),
  'not-carried': reply(554, '5.6.3', 'The way out of here cannot carry this message'),
  'in-use': REPLIES.internalError,
  'try-again': REPLIES.internalError,
  'no-room': REPLIES.noRoom,
}
