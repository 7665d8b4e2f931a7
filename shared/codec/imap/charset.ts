/** The charset of SEARCH, SORT and THREAD strings (RFC 9051 §6.4.4). */
import { TextDecoder } from 'node:util'
import { ParseError } from '../parse-error.ts'

/** The criteria are in order and cannot be searched for: the answer is NO. */
export class Unsearchable extends ParseError {
  /** The result was to be saved: then none is, which BAD would leave as it was (RFC 5182 §2.1). */
  wasToBeSaved = false
}

/** The answer is NO [BADCHARSET (US-ASCII UTF-8)] (RFC 9051 §7.1). */
export class BadCharset extends Unsearchable {
  override readonly name = 'BadCharset'
}

/**
 * The answer is NO, as of any criteria that cannot be searched for (RFC 9051 §6.4.4), not BAD: angus-mail then searches by itself. Once it has
 * enabled UTF8=ACCEPT it sends Latin-1.
 */
export class NotInCharset extends Unsearchable {
  override readonly name = 'NotInCharset'
}

/** A decoder of binary strings in that charset to Unicode; what is not text in it throws NotInCharset. Throws BadCharset. */
export function decodeCharset(charset: string): (octets: string) => string {
  const decoder = decoderFor(charset)
  return (octets) => {
    try {
      return decoder.decode(Buffer.from(octets, 'latin1'))
    } catch {
      throw new NotInCharset('A string is not in the charset of the command')
    }
  }
}

function decoderFor(charset: string): TextDecoder {
  // The Encoding Standard reads US-ASCII as windows-1252; UTF-8 is what clients mean that send 8-bit under that name.
  const label = charset.toUpperCase() === 'US-ASCII' ? 'UTF-8' : charset
  try {
    return new TextDecoder(label, { fatal: true, ignoreBOM: true })
  } catch {
    throw new BadCharset('The charset is not known')
  }
}
