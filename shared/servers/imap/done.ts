import type { Condition, ResponseCode } from '../../codec/imap/format.ts'

/** How a command ended: its tagged response (RFC 9051 §7.1). */
export interface Done {
  condition: Extract<Condition, 'OK' | 'NO' | 'BAD'>
  text: string
  code: ResponseCode
}

export function ok(text: string, code: ResponseCode = []): Done {
  return { condition: 'OK', text, code }
}

export function no(text: string, code: ResponseCode = []): Done {
  return { condition: 'NO', text, code }
}

export function bad(text: string): Done {
  return { condition: 'BAD', text, code: [] }
}
