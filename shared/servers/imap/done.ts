import type { Condition, ResponseCode } from '../../codec/imap/format.ts'

/** How a command ended: its tagged response (RFC 9051 §7.1). */
export interface Done {
  condition: Extract<Condition, 'OK' | 'NO' | 'BAD'>
  text: string
  code: ResponseCode
  /** With CONDSTORE the answer's code is HIGHESTMODSEQ, of when all that has happened is told. */
  tellsModseq?: true
  /** The client counts on its message sequence numbers until the answer, which the row does not say (RFC 7162 §3.2.10.2). */
  holdsExpunge?: true
}

export function ok(text: string, code: ResponseCode = []): Done {
  return { condition: 'OK', text, code }
}

/** The end of a command that may have expunged: then the client learns which MODSEQ it has come to (RFC 7162 §3.2.7, RFC 6851 §4.4). */
export function okExpunged(text: string, expunged: boolean): Done {
  return expunged ? { ...ok(text), tellsModseq: true } : ok(text)
}

export function no(text: string, code: ResponseCode = []): Done {
  return { condition: 'NO', text, code }
}

export function bad(text: string): Done {
  return { condition: 'BAD', text, code: [] }
}
