import { charsetDecoder, isKnownCharset } from '../../../codec/mime/charset.ts'
import { isKnownEncoding, transferDecoder } from '../../../codec/mime/transfer-decoder.ts'
import { type BodyPart, charsetOf } from './body-parts.ts'
import type { MessageReader } from './open-message.ts'

/** EmailBodyValue (RFC 8621 §4.1.4). */
export interface BodyValue {
  value: string
  isEncodingProblem: boolean
  isTruncated: boolean
}

/** Of one value, whatever was asked for: nobody reads on, and memory is everybody's. */
const MOST_OCTETS = 4 * 1024 * 1024

/** The text of a part, cut to `maxOctets` of UTF-8 (0: to our own limit) where no character and no tag is broken. */
export async function readBodyValue(reader: MessageReader, part: BodyPart, maxOctets: number): Promise<BodyValue> {
  const { encoding, body, subtype } = part.part
  const charset = charsetOf(part) ?? ''
  const limit = maxOctets === 0 ? MOST_OCTETS : Math.min(maxOctets, MOST_OCTETS)
  const transfer = transferDecoder(encoding)
  const decoder = charsetDecoder(charset)
  let text = ''
  let cut = false
  for await (const chunk of reader.read({ start: body.offset, end: body.offset + body.length })) {
    text += decoder.write(transfer.write(chunk))
    // A character takes one octet at least, and CR LF will be one.
    if (text.length > limit * 2) {
      cut = true
      break
    }
  }
  if (!cut) text += decoder.write(transfer.end()) + decoder.end()
  const whole = text.replaceAll('\r\n', '\n')
  const value = cutText(whole, limit, subtype === 'html')
  return {
    value,
    isEncodingProblem: !isKnownEncoding(encoding) || !isKnownCharset(charset) || value.includes('\ufffd'),
    isTruncated: cut || value.length < whole.length,
  }
}

function cutText(text: string, maxOctets: number, html: boolean): string {
  const octets = Buffer.from(text)
  if (octets.length <= maxOctets) return text
  let end = maxOctets
  while (end > 0 && (octets[end]! & 0xc0) === 0x80) end -= 1
  const cut = octets.toString('utf8', 0, end)
  if (!html) return cut
  const open = cut.lastIndexOf('<')
  return open > cut.lastIndexOf('>') ? cut.slice(0, open) : cut
}
