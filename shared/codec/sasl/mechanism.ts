/** One exchange of a SASL mechanism (RFC 4422 §3), server side: octets in, octets out, and no look-up or check of its own. */
export interface Exchange<Outcome> {
  /** The client's next message; undefined at the start where it sent no initial response. Throws ParseError. */
  step(response: Uint8Array | undefined): Step<Outcome>
}

export type Step<Outcome> = { challenge: Uint8Array } | { outcome: Outcome }

/** What a client shows when it sends its password: to be verified by whoever keeps passwords. */
export interface PlainCredentials {
  /** Whose password it is. */
  authenticationId: string
  /** Whom the client wants to act as; '' is the same (RFC 4616 §2). */
  authorizationId: string
  password: string
}

/** Mechanisms that hand over a password; only under TLS or on the loopback interface. */
export const PASSWORD_MECHANISMS = ['PLAIN', 'LOGIN'] as const
