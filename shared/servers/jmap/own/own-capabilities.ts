import type { Account } from '../../../store/accounts.ts'
import type { JmapServices } from '../method.ts'

export const SUBMISSION = 'urn:ietf:params:jmap:submission'
export const VACATION = 'urn:ietf:params:jmap:vacationresponse'
export const WEB_SOCKET = 'urn:ietf:params:jmap:websocket'
export const QUOTA = 'urn:ietf:params:jmap:quota'
/** Of this house: Rule. */
export const RULES = 'https://tubepost.dev/jmap/rules'
/** Of this house: AccountSettings, AppPassword, Session, Password. */
export const ACCOUNT = 'https://tubepost.dev/jmap/account'
/** Of this house: ContactSuggestion. */
export const CONTACTS = 'https://tubepost.dev/jmap/contacts'

/** How long a message can wait for its time (RFC 4865): as long as its EmailSubmission is remembered. */
export const LONGEST_HOLD_SECONDS = 30 * 24 * 60 * 60
export const MOST_RULES = 200
export const MIN_PASSWORD = 8
export const MAX_PASSWORD = 1024

interface Capability {
  /** Undefined: it is not offered here. */
  session(services: JmapServices, origin: string): Record<string, unknown> | undefined
  account?(services: JmapServices, account: Account): Record<string, unknown>
}

const nothing = () => ({})

/** What a person sets and sends. */
export const OWN_CAPABILITIES: Readonly<Record<string, Capability>> = {
  // RFC 8621 §1.3.2; the extensions are EHLO's, with their parameters.
  [SUBMISSION]: {
    session: nothing,
    account: ({ store, limits }) => ({
      maxDelayedSend: LONGEST_HOLD_SECONDS,
      submissionExtensions: {
        FUTURERELEASE: [String(LONGEST_HOLD_SECONDS)],
        DSN: [],
        SIZE: [String(Math.min(limits.messageOctets, store.engine.relay.carries.maxOctets))],
        ...(store.engine.relay.carries.eightBit && { '8BITMIME': [] }),
        ...(store.engine.relay.carries.smtputf8 && { SMTPUTF8: [] }),
        ENHANCEDSTATUSCODES: [],
      },
    }),
  },
  [VACATION]: { session: nothing, account: nothing },
  [QUOTA]: { session: nothing, account: nothing },
  // RFC 8887 §3.1
  [WEB_SOCKET]: {
    session({ webSockets, pushOrigin }, origin) {
      if (webSockets === undefined && pushOrigin === undefined) return undefined
      return { url: `${(pushOrigin ?? origin).replace('http', 'ws')}/jmap/ws`, supportsPush: true }
    },
  },
  [RULES]: { session: nothing, account: () => ({ maxRules: MOST_RULES }) },
  [ACCOUNT]: {
    session: nothing,
    account: () => ({ minPasswordCharacters: MIN_PASSWORD, maxPasswordCharacters: MAX_PASSWORD }),
  },
  [CONTACTS]: { session: nothing, account: nothing },
}
