import type { BlobSource } from './blobs.ts'
import type { SenderClaims } from './sender-check.ts'

/** `put-off`: refused for now. */
export type ScanAction = 'accept' | 'junk' | 'reject' | 'put-off'

export interface ScanVerdict {
  action: ScanAction
  score: number
  /** The score at which the scanner refuses. */
  required: number
}

/** Reads content for what nobody wants. */
export interface Scanner {
  /** Throws where no verdict could be had within the time limit; mail is then taken as it is. */
  scan(
    source: BlobSource,
    claims: SenderClaims & { recipients: readonly string[]; hostName: string },
  ): Promise<ScanVerdict>
}
