import { blobCopy } from './blob-copy.ts'
import { CORE, MAIL } from './capabilities.ts'
import { echo } from './core-echo.ts'
import { emailChanges } from './emails/email-changes.ts'
import { emailCopy } from './emails/email-copy.ts'
import { emailGet } from './emails/email-get.ts'
import { emailImport } from './emails/email-import.ts'
import { emailParse } from './emails/email-parse.ts'
import { emailQuery, emailQueryChanges } from './emails/email-query.ts'
import { emailSet } from './emails/email-set.ts'
import { searchSnippetGet } from './emails/search-snippet-get.ts'
import { threadChanges } from './emails/thread-changes.ts'
import { threadGet } from './emails/thread-get.ts'
import { mailboxChanges } from './mailboxes/mailbox-changes.ts'
import { mailboxGet } from './mailboxes/mailbox-get.ts'
import { mailboxQuery, mailboxQueryChanges } from './mailboxes/mailbox-query.ts'
import { mailboxSet } from './mailboxes/mailbox-set.ts'
import type { Method } from './method.ts'
import { OWN_METHODS } from './own/own-methods.ts'
import { pushSubscriptionGet, pushSubscriptionSet } from './push/push-subscription.ts'

/** Every method by its name. */
export const METHODS: Readonly<Record<string, Method>> = {
  // RFC 8620 §4
  'Core/echo': { capability: CORE, accountless: true, run: echo },
  // §6.3
  'Blob/copy': { capability: CORE, run: blobCopy },
  // §7.2
  'PushSubscription/get': { capability: CORE, accountless: true, run: pushSubscriptionGet },
  'PushSubscription/set': { capability: CORE, accountless: true, run: pushSubscriptionSet },
  // RFC 8621 §2
  'Mailbox/get': { capability: MAIL, run: mailboxGet },
  'Mailbox/changes': { capability: MAIL, run: mailboxChanges },
  'Mailbox/query': { capability: MAIL, run: mailboxQuery },
  'Mailbox/queryChanges': { capability: MAIL, run: mailboxQueryChanges },
  'Mailbox/set': { capability: MAIL, run: mailboxSet },
  // §3
  'Thread/get': { capability: MAIL, run: threadGet },
  'Thread/changes': { capability: MAIL, run: threadChanges },
  // §4
  'Email/get': { capability: MAIL, run: emailGet },
  'Email/changes': { capability: MAIL, run: emailChanges },
  'Email/query': { capability: MAIL, run: emailQuery },
  'Email/queryChanges': { capability: MAIL, run: emailQueryChanges },
  'Email/set': { capability: MAIL, run: emailSet },
  'Email/copy': { capability: MAIL, run: emailCopy },
  'Email/import': { capability: MAIL, run: emailImport },
  'Email/parse': { capability: MAIL, run: emailParse },
  // §5
  'SearchSnippet/get': { capability: MAIL, run: searchSnippetGet },
  ...OWN_METHODS,
}
