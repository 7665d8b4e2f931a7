/** ENABLE (RFC 9051 §6.3.1) and COMPRESS (RFC 4978 §3): names of capabilities and algorithms. */
import type { Cursor } from './tokens.ts'

/** Capabilities asked for, in capitals; those not known are passed over by the server. */
export function parseEnable(args: Cursor): { capabilities: string[] } {
  const capabilities: string[] = []
  do {
    args.space()
    capabilities.push(args.keyword())
  } while (!args.atEnd())
  return { capabilities }
}

export function formatEnabled(capabilities: readonly string[]): string {
  return `* ENABLED${capabilities.map((name) => ` ${name}`).join('')}\r\n`
}

/** The algorithm, in capitals. */
export function parseCompress(args: Cursor): { algorithm: string } {
  args.space()
  const algorithm = args.keyword()
  args.end()
  return { algorithm }
}
