import type { ResponseCode } from '../../codec/pop3/response.ts'
import type { MailErrorKind } from '../../mailbox/errors.ts'

/** What a client reads of each kind of error, always after -ERR (RFC 2449 §8, RFC 3206). */
export const MAIL_ERRORS: Readonly<Record<MailErrorKind, { code?: ResponseCode; text: string }>> = {
  'no-such-mailbox': { code: 'SYS/PERM', text: 'there is no maildrop' },
  'no-such-message': { code: 'SYS/PERM', text: 'the message is gone' },
  'mailbox-exists': { code: 'SYS/PERM', text: 'there is a mailbox of that name' },
  'mailbox-has-children': { code: 'SYS/PERM', text: 'other mailboxes are below it' },
  'invalid-name': { code: 'SYS/PERM', text: 'no mailbox can have that name' },
  'read-only': { code: 'SYS/PERM', text: 'the maildrop is for reading only' },
  'over-quota': { code: 'SYS/PERM', text: 'there is no room left' },
  'hourly-quota': { code: 'SYS/TEMP', text: 'too many recipients in this hour; try again later' },
  'daily-quota': { code: 'SYS/TEMP', text: 'too many messages on this day; try again later' },
  'monthly-quota': { code: 'SYS/TEMP', text: 'too many messages in this month; try again later' },
  'too-large': { code: 'SYS/PERM', text: 'that is too much at once' },
  'too-many': { code: 'SYS/TEMP', text: 'too many at once; try again later' },
  'bad-credentials': { code: 'AUTH', text: 'user name or password is wrong' },
  // [SYS/TEMP] (RFC 3206 §4): the password may be right.
  'too-many-logins': { code: 'SYS/TEMP', text: 'too many failed logins; try again later' },
  'too-many-connections': { code: 'SYS/TEMP', text: 'too many connections of this account' },
  // Not [AUTH]: the client need not ask its user for another password, but begin TLS.
  'needs-encryption': { text: 'a password needs TLS first' },
  suspended: { code: 'SYS/PERM', text: 'the account is suspended' },
  'not-allowed': { code: 'SYS/PERM', text: 'that cannot be done' },
  'in-use': { code: 'IN-USE', text: 'another session has the maildrop' },
  'not-carried': { code: 'SYS/PERM', text: 'the relay does not carry that' },
  'no-room': { code: 'SYS/TEMP', text: 'there is no room here now; try again later' },
  'try-again': { code: 'SYS/TEMP', text: 'not now; try again' },
}
