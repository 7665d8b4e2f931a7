/**
 * Folded texts of some messages, as SEARCH looks through them: `[count: u32]([end of header: u32][end of body: u32][whole: u32])…[headers][bodies]`, each
 * text in UTF-8 and ended by NUL, so that nothing is found across two of them. Ends count from the first header, without the NUL.
 */
const WORD = 4
const ROW = 3 * WORD
const NUL = Buffer.from([0])

/** What SEARCH compares with, folded (codec/mime/fold-text.ts). */
export interface MessageText {
  header: string
  body: string
  /** False: there is more body than was kept, and only the object tells. */
  whole: boolean
}

/** The same in UTF-8, as it is kept. */
export interface EncodedText {
  header: Uint8Array
  body: Uint8Array
  whole: boolean
}

export function encodeText({ header, body, whole }: MessageText): EncodedText {
  return { header: Buffer.from(header), body: Buffer.from(body), whole }
}

export function encodeFrame(texts: readonly EncodedText[]): Uint8Array {
  const front = Buffer.alloc(WORD + ROW * texts.length)
  front.writeUInt32LE(texts.length)
  const pieces: Uint8Array[] = [front]
  let at = 0
  for (const [offset, kind] of (['header', 'body'] as const).entries()) {
    for (const [index, text] of texts.entries()) {
      const octets = text[kind]
      at += octets.length
      front.writeUInt32LE(at, WORD + ROW * index + WORD * offset)
      at += NUL.length
      pieces.push(octets, NUL)
    }
  }
  for (const [index, { whole }] of texts.entries()) front.writeUInt32LE(Number(whole), WORD + ROW * index + 2 * WORD)
  return Buffer.concat(pieces)
}

export function decodeFrame(encoded: Uint8Array): TextFrame {
  return new TextFrame(encoded)
}

/** Messages are counted from 0. */
export class TextFrame {
  readonly count: number
  /** What it takes in memory. */
  readonly octets: number
  readonly #front: Buffer
  readonly #texts: Buffer
  /** Where the texts end: all headers, then all bodies. */
  readonly #ends: Uint32Array

  constructor(encoded: Uint8Array) {
    const octets = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength)
    this.count = octets.readUInt32LE()
    this.octets = octets.length
    this.#front = octets.subarray(WORD, WORD + ROW * this.count)
    this.#texts = octets.subarray(WORD + ROW * this.count)
    this.#ends = new Uint32Array(this.count * 2)
    for (let index = 0; index < this.count; index += 1) {
      this.#ends[index] = this.#front.readUInt32LE(ROW * index)
      this.#ends[this.count + index] = this.#front.readUInt32LE(ROW * index + WORD)
    }
  }

  /**
   * Gives its memory back now: left to the collector, which goes through all of the heap for what lies beside it, that would cost as much as the search.
   * Nothing can be asked of it any more.
   */
  release(): void {
    const { buffer } = this.#texts
    // What is smaller may be of Buffer's pool, and others' memory, too.
    if (buffer instanceof ArrayBuffer && buffer.byteLength > Buffer.poolSize) buffer.transfer(0)
  }

  isWhole(index: number): boolean {
    return this.#front.readUInt32LE(ROW * index + 2 * WORD) === 1
  }

  textAt(index: number): MessageText {
    return { header: this.#text(index), body: this.#text(this.count + index), whole: this.isWhole(index) }
  }

  /** 1 for each message that holds the text (folded, in UTF-8, without NUL and not empty), in its headers, its body or anywhere. */
  find(wanted: Uint8Array, within: 'header' | 'body' | 'all'): Uint8Array {
    const found = new Uint8Array(this.count)
    const texts = within === 'header' ? this.#texts.subarray(0, this.#startOf(this.count)) : this.#texts
    let text = within === 'body' ? this.count : 0
    let from = text === 0 ? 0 : this.#startOf(text)
    for (;;) {
      const at = texts.indexOf(wanted, from)
      if (at === -1) return found
      while (this.#ends[text]! < at) text += 1
      found[text % this.count] = 1
      from = this.#ends[text]! + NUL.length
      text += 1
    }
  }

  #startOf(text: number): number {
    return text === 0 ? 0 : this.#ends[text - 1]! + NUL.length
  }

  #text(text: number): string {
    return this.#texts.toString('utf8', this.#startOf(text), this.#ends[text])
  }
}
