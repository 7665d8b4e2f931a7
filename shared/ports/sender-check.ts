import type { BlobSource } from './blobs.ts'

/** Who says that they send: all of it claims, but for the address. */
export interface SenderClaims {
  /** Of the client, in text form. */
  remoteAddress: string
  /** As the client named itself. */
  helo: string
  /** `''` is the null reverse-path. */
  reversePath: string
}

export type SpfResult = 'none' | 'neutral' | 'pass' | 'fail' | 'softfail' | 'temperror' | 'permerror'
export type DkimResult = 'none' | 'pass' | 'fail' | 'policy' | 'neutral' | 'temperror' | 'permerror'
/** `permerror`: the message does not say in one way who wrote it, or says too much to be read. */
export type DmarcResult = 'none' | 'pass' | 'fail' | 'temperror' | 'permerror'

/** What SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 9989) and ARC (RFC 8617) say of a message. */
export interface SenderVerdict {
  /** Checked was the domain of the reverse-path, or HELO's name where that is null. */
  spf: { result: SpfResult }
  /** One for each signature that was looked at; empty where there is none. */
  dkim: readonly { result: DkimResult; domain: string; selector: string; signature: string }[]
  /** `policy`: what the owner of `from`, the domain of the author, wants done with what fails. */
  dmarc: { result: DmarcResult; from?: string; policy?: 'none' | 'quarantine' | 'reject' }
  /** `sealer`: whose seal is the newest, where the chain holds. */
  arc: { result: 'none' | 'pass' | 'fail'; sealer?: string }
}

/** Reads who sent a message. */
export interface SenderCheck {
  /**
   * Never throws, and answers within its time limit: what could not be found out is `temperror`, and the log says why. Reads the source at most
   * once, and not to its end where nothing depends on it.
   */
  check(source: BlobSource, claims: SenderClaims): Promise<SenderVerdict>
  close(): Promise<void>
}
