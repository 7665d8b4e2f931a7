import { formatFromLine } from './from-line.ts'
import { startsWithFrom } from './reader.ts'
import { formatStatusFields } from './status-fields.ts'

const [CR, LF, GREATER] = [13, 10, 62]

/** One message as an mboxrd has it: From_ line, status, lines that end in LF, each `From ` and `>From ` with one `>` more, and an empty line. */
export async function* writeMboxMessage(
  message: { receivedAt: number; flags: readonly string[] },
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const status = formatStatusFields(message.flags).replaceAll('\r\n', '\n')
  yield Buffer.from(`${formatFromLine('MAILER-DAEMON', message.receivedAt)}\n${status}`)
  let held: Uint8Array = new Uint8Array(0)
  let inLine = false
  for await (const chunk of content) {
    const octets = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    const lines: Uint8Array[] = []
    let at = 0
    for (let end = octets.indexOf(LF, at); end >= 0; end = octets.indexOf(LF, at)) {
      if (!inLine) lines.push(escapeOf(octets.subarray(at, end)))
      lines.push(octets.subarray(at, end > at && octets[end - 1] === CR ? end - 1 : end), Buffer.from('\n'))
      inLine = false
      at = end + 1
    }
    held = octets.slice(at)
    if (held.length >= 8192) {
      const whole = held.at(-1) === CR ? held.length - 1 : held.length
      if (!inLine) lines.push(escapeOf(held))
      lines.push(held.subarray(0, whole))
      held = held.slice(whole)
      inLine = true
    }
    if (lines.length > 0) yield Buffer.concat(lines)
  }
  if (held.length > 0 || inLine)
    yield Buffer.concat([inLine ? Buffer.alloc(0) : escapeOf(held), held, Buffer.from('\n')])
  yield Buffer.from('\n')
}

function escapeOf(line: Uint8Array): Uint8Array {
  let depth = 0
  while (line[depth] === GREATER) depth += 1
  return startsWithFrom(line, depth) ? Buffer.from('>') : Buffer.alloc(0)
}
