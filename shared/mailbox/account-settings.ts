/** What a person sets for all their clients. */
export interface AccountSettings {
  /** Before the address of what they send; null: none. */
  displayName: string | null
  /** How long what they send waits, so that they can think better of it. */
  undoSendSeconds: number
  theme: 'system' | 'light' | 'dark'
  /** A language tag (RFC 5646); null: the client's. */
  language: string | null
  /** Remote images of messages are loaded without being asked for. */
  loadRemoteImages: boolean
  defaultIdentityId: string | null
  /** A client's own, by a name of its choice; JSON. */
  clients: Readonly<Record<string, unknown>>
}

export const DEFAULT_SETTINGS: AccountSettings = {
  displayName: null,
  undoSendSeconds: 5,
  theme: 'system',
  language: null,
  loadRemoteImages: false,
  defaultIdentityId: null,
  clients: {},
}
