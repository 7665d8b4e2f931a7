import type { Method } from '../method.ts'
import { quotaChanges, quotaGet, quotaQuery, quotaQueryChanges } from '../quota.ts'
import {
  submissionChanges,
  submissionGet,
  submissionQuery,
  submissionQueryChanges,
} from '../submissions/email-submission.ts'
import { submissionSet } from '../submissions/email-submission-set.ts'
import { identityChanges, identityGet, identitySet } from '../submissions/identity.ts'
import { vacationGet, vacationSet } from '../submissions/vacation.ts'
import { settingsGet, settingsSet } from './account-settings.ts'
import { appPasswordGet, appPasswordSet } from './app-password.ts'
import { contactSuggestionQuery } from './contact-suggestion.ts'
import { ACCOUNT, CONTACTS, QUOTA, RULES, SUBMISSION, VACATION } from './own-capabilities.ts'
import { passwordChange } from './password-change.ts'
import { ruleChanges, ruleGet, ruleSet } from './rule.ts'
import { sessionGet, sessionSet } from './session-record.ts'

/** What a person sets and sends. */
export const OWN_METHODS: Readonly<Record<string, Method>> = {
  // RFC 8621 §6
  'Identity/get': { capability: SUBMISSION, run: identityGet },
  'Identity/changes': { capability: SUBMISSION, run: identityChanges },
  'Identity/set': { capability: SUBMISSION, run: identitySet },
  // §7
  'EmailSubmission/get': { capability: SUBMISSION, run: submissionGet },
  'EmailSubmission/changes': { capability: SUBMISSION, run: submissionChanges },
  'EmailSubmission/query': { capability: SUBMISSION, run: submissionQuery },
  'EmailSubmission/queryChanges': { capability: SUBMISSION, run: submissionQueryChanges },
  'EmailSubmission/set': { capability: SUBMISSION, run: submissionSet },
  // §8
  'VacationResponse/get': { capability: VACATION, run: vacationGet },
  'VacationResponse/set': { capability: VACATION, run: vacationSet },
  // RFC 9425 §4
  'Quota/get': { capability: QUOTA, run: quotaGet },
  'Quota/changes': { capability: QUOTA, run: quotaChanges },
  'Quota/query': { capability: QUOTA, run: quotaQuery },
  'Quota/queryChanges': { capability: QUOTA, run: quotaQueryChanges },
  // Of this house (ARCHITECTURE.md)
  'Rule/get': { capability: RULES, run: ruleGet },
  'Rule/changes': { capability: RULES, run: ruleChanges },
  'Rule/set': { capability: RULES, run: ruleSet },
  'AccountSettings/get': { capability: ACCOUNT, run: settingsGet },
  'AccountSettings/set': { capability: ACCOUNT, run: settingsSet },
  'AppPassword/get': { capability: ACCOUNT, run: appPasswordGet },
  'AppPassword/set': { capability: ACCOUNT, run: appPasswordSet },
  'Session/get': { capability: ACCOUNT, run: sessionGet },
  'Session/set': { capability: ACCOUNT, run: sessionSet },
  'Password/change': { capability: ACCOUNT, run: passwordChange },
  'ContactSuggestion/query': { capability: CONTACTS, run: contactSuggestionQuery },
}
