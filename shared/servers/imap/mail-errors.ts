import type { ResponseCode } from '../../codec/imap/format.ts'
import type { MailErrorKind } from '../../mailbox/errors.ts'

/** What a client reads of each kind of error (RFC 9051 §7.1, RFC 5530); always after NO. */
export const MAIL_ERRORS: Readonly<Record<MailErrorKind, { code: ResponseCode; text: string }>> = {
  'no-such-mailbox': { code: ['NONEXISTENT'], text: 'There is no such mailbox' },
  'no-such-message': { code: ['EXPUNGEISSUED'], text: 'The message is gone' },
  'mailbox-exists': { code: ['ALREADYEXISTS'], text: 'There is a mailbox of that name' },
  'mailbox-has-children': { code: ['HASCHILDREN'], text: 'Other mailboxes are below it' },
  'invalid-name': { code: ['CANNOT'], text: 'No mailbox can have that name' },
  'read-only': { code: ['NOPERM'], text: 'The mailbox is selected for reading only' },
  'over-quota': { code: ['OVERQUOTA'], text: 'There is no room left' },
  'hourly-quota': { code: ['LIMIT'], text: 'Too many recipients in this hour; try again later' },
  'daily-quota': { code: ['LIMIT'], text: 'Too many messages on this day; try again later' },
  'monthly-quota': { code: ['LIMIT'], text: 'Too many messages in this month; try again later' },
  'too-large': { code: ['LIMIT'], text: 'That is too much for one command' },
  'not-carried': { code: ['CANNOT'], text: 'That cannot be carried' },
  'too-many': { code: ['LIMIT'], text: 'That is too many' },
  'bad-credentials': { code: ['AUTHENTICATIONFAILED'], text: 'User name or password is wrong' },
  // Not [AUTHENTICATIONFAILED]: the password may be right, and the client need not ask its user for another.
  'too-many-logins': { code: ['LIMIT'], text: 'Too many failed logins; try again later' },
  'too-many-connections': { code: ['LIMIT'], text: 'Too many connections of this account' },
  'needs-encryption': { code: ['PRIVACYREQUIRED'], text: 'A password needs TLS first' },
  suspended: { code: ['CONTACTADMIN'], text: 'The account is suspended' },
  'not-allowed': { code: ['CANNOT'], text: 'That cannot be done' },
  'in-use': { code: ['INUSE'], text: 'It is in use' },
  // Not [OVERQUOTA]: the user has nothing to delete for it.
  'no-room': { code: ['UNAVAILABLE'], text: 'There is no room here now; try again later' },
  'try-again': { code: ['UNAVAILABLE'], text: 'Not now; try again' },
}
