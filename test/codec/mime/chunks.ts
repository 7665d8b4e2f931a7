/** Ways to cut octets into chunks: nothing a stream gives may depend on them. */

export const octets = (binary: string): Buffer => Buffer.from(binary, 'latin1')

/** Lines joined and ended by CR LF. */
export const crlf = (...lines: string[]): string => lines.map((line) => `${line}\r\n`).join('')

/** Whole, at every place in two, and octet by octet. */
export function* everySplit(whole: Uint8Array): Generator<Uint8Array[]> {
  yield [whole]
  for (let at = 0; at <= whole.length; at++) yield [whole.subarray(0, at), whole.subarray(at)]
  yield Array.from(whole, (_, at) => whole.subarray(at, at + 1))
}
