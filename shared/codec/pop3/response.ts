/** Response codes (RFC 2449 §8, 3206, 6856 §5). */
export type ResponseCode = 'AUTH' | 'IN-USE' | 'SYS/TEMP' | 'SYS/PERM' | 'UTF8'

/** Text for people, in ASCII and without line ends. */
export function formatOk(text: string): string {
  return text === '' ? '+OK\r\n' : `+OK ${text}\r\n`
}

export function formatErr(text: string, code?: ResponseCode): string {
  return code === undefined ? `-ERR ${text}\r\n` : `-ERR [${code}] ${text}\r\n`
}

/** A challenge of a SASL mechanism in base64 (RFC 5034 §4). */
export function formatContinuation(base64: string): string {
  return `+ ${base64}\r\n`
}
