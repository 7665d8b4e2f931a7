/**
 * The octet stream a protocol session speaks on, and all it knows of sockets. transport/ makes one of each TCP connection; a test
 * makes one of anything.
 */
export interface Connection {
  /** IP address of the client in text form; behind PROXY protocol the one it names. */
  readonly remoteAddress: string
  /** TLS is in place. */
  readonly secure: boolean
  /** Certificates are at hand, so that `startTls` can work. */
  readonly canStartTls: boolean
  /**
   * The next octets in the order they came, undefined at the end. One read at a time. Throws `IdleTimeoutError` after `idleMs` without
   * any, `DisconnectedError` when the client is gone, and `DrainError` where it would have to wait and the process drains, unless
   * `evenWhenDraining` says that this wait is in the middle of something to be finished. Nothing is read ahead of a limited buffer,
   * so that a session that does not read makes its client wait.
   */
  read(idleMs: number, options?: { evenWhenDraining?: boolean }): Promise<Uint8Array | undefined>
  /**
   * Resolves when the stream has room for more; whoever awaits it holds at most one buffer for a client that does not read. Throws
   * `DisconnectedError` when the client is gone or has taken nothing for too long.
   */
  write(octets: Uint8Array | string): Promise<void>
  /** The same for octets whose memory will hold others: resolves when nobody looks at them any more. */
  writeFleeting(octets: Uint8Array): Promise<void>
  /** Octets waiting to be taken by the client. */
  readonly unsentOctets: number
  /**
   * Drops everything that came and has not been read, so that no command sent in plain text takes effect under TLS (RFC 3207 §5,
   * CVE-2011-0411); then writes `reply`, which invites the client, and answers its handshake. The two are one call because what comes
   * after the reply is the handshake and must not be dropped. Throws `DisconnectedError` where the handshake fails.
   */
  startTls(reply: string): Promise<void>
  /** Sends what was written, then closes. */
  end(): Promise<void>
  /** Closes at once. */
  destroy(): void
  /**
   * Set by the session: what can still be said to a client that is cut off at this moment, as octets that follow on what was written; undefined in
   * the middle of a response, where a line would be taken for a part of it, and behind a goodbye. Asked at most once; nothing can be written after.
   */
  lastWords?: () => string | Uint8Array | undefined
  /** Aborted when the connection is gone or the process drains; its reason tells which. */
  readonly signal: AbortSignal
}

export class IdleTimeoutError extends Error {
  override readonly name = 'IdleTimeoutError'
}

/** The reason of `signal` when the process is about to stop: say goodbye in the protocol's words, then end. */
export class DrainError extends Error {
  override readonly name = 'DrainError'
}

/** The client went away; nobody is left to answer. */
export class DisconnectedError extends Error {
  override readonly name = 'DisconnectedError'
}

/** Strings are written octet for octet: each character must be below U+0100 (latin1). UTF-8 is encoded by whoever speaks it. */
export const WIRE_ENCODING = 'latin1'
