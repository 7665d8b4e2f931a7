/** What goes between the pool of checkers and its threads. `job` is one message under check. */
import type { DnsType } from '../../ports/dns.ts'
import type { SenderClaims, SenderVerdict } from '../../ports/sender-check.ts'

/** Each has its own time for look-ups, so that slow answers to one, which a sender can arrange, hide nothing of another. */
export const PHASES = ['dkim', 'spf', 'arc', 'dmarc'] as const
export type Phase = (typeof PHASES)[number]

/** `no-answer`: no server answered. `over`: the phase's time was over, which may be the sender's doing. */
export type Answer = string[] | 'no-answer' | 'over'

export type ToThread =
  | { kind: 'check'; job: number; claims: SenderClaims; hostName: string }
  | { kind: 'chunk'; job: number; octets: Uint8Array }
  | { kind: 'end'; job: number }
  | { kind: 'answer'; job: number; question: number; answer: Answer }
  /** Nobody waits for the verdict any more. */
  | { kind: 'forget'; job: number }

export type FromThread =
  /** The next chunk, please. */
  | { kind: 'pull'; job: number }
  | { kind: 'question'; job: number; question: number; phase: Phase; name: string; type: DnsType }
  | { kind: 'verdict'; job: number; verdict: SenderVerdict }
  | { kind: 'failed'; job: number; reason: string }
