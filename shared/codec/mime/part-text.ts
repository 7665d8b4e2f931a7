/** A text part's octets as the text a person reads: transfer encoding, charset and, for HTML, tags undone, in a stream. */
import { charsetDecoder, type TextStream } from './charset.ts'
import { HtmlText } from './html-text.ts'
import { parameterValue } from './parameters.ts'
import type { MimePart } from './structure-types.ts'
import { type OctetStream, transferDecoder } from './transfer-decoder.ts'

export class PartText implements TextStream {
  #transfer: OctetStream
  #charset: TextStream
  #html: HtmlText | undefined

  constructor(part: Pick<MimePart, 'type' | 'subtype' | 'parameters' | 'encoding'>) {
    this.#transfer = transferDecoder(part.encoding)
    this.#charset = charsetDecoder(parameterValue(part.parameters, 'charset') ?? '')
    this.#html = part.type === 'text' && part.subtype === 'html' ? new HtmlText() : undefined
  }

  /** The next octets of the part's body. */
  write(octets: Uint8Array): string {
    const text = this.#charset.write(this.#transfer.write(octets))
    return this.#html === undefined ? text : this.#html.write(text)
  }

  end(): string {
    const text = this.#charset.write(this.#transfer.end()) + this.#charset.end()
    return this.#html === undefined ? text : this.#html.write(text) + this.#html.end()
  }
}
