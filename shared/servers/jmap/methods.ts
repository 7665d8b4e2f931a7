import { blobCopy } from './blob-copy.ts'
import { CORE, MAIL } from './capabilities.ts'
import { echo } from './core-echo.ts'
import { emailChanges } from './email-changes.ts'
import { emailCopy } from './email-copy.ts'
import { emailGet } from './email-get.ts'
import { emailImport } from './email-import.ts'
import { emailParse } from './email-parse.ts'
import { emailQuery, emailQueryChanges } from './email-query.ts'
import { emailSet } from './email-set.ts'
import { mailboxChanges } from './mailbox-changes.ts'
import { mailboxGet } from './mailbox-get.ts'
import { mailboxQuery, mailboxQueryChanges } from './mailbox-query.ts'
import { mailboxSet } from './mailbox-set.ts'
import type { Method } from './method.ts'
import { OWN_METHODS } from './own-methods.ts'
import { pushSubscriptionGet, pushSubscriptionSet } from './push-subscription.ts'
import { searchSnippetGet } from './search-snippet-get.ts'
import { threadChanges } from './thread-changes.ts'
import { threadGet } from './thread-get.ts'

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
