const BOM = 0xfeff
const REPLACEMENT = 0xfffd
const LAST = 0x10ffff

/** UTF-32 in the order of octets that is named, or else that its BOM says, or else the highest first (Unicode Standard §3.10, D101). */
export class Utf32Decoder {
  #littleEndian: boolean | undefined
  #begun = false
  #held = Buffer.alloc(0)

  constructor(order: 'little' | 'big' | undefined) {
    if (order !== undefined) this.#littleEndian = order === 'little'
  }

  write(octets: Uint8Array): string {
    const all = Buffer.concat([this.#held, octets])
    const whole = all.length - (all.length % 4)
    this.#held = all.subarray(whole)
    let text = ''
    for (let at = 0; at < whole; at += 4) {
      this.#littleEndian ??= all.readUInt32LE(at) === BOM
      const code = this.#littleEndian ? all.readUInt32LE(at) : all.readUInt32BE(at)
      if (this.#begun || code !== BOM) text += String.fromCodePoint(isCharacter(code) ? code : REPLACEMENT)
      this.#begun = true
    }
    return text
  }

  end(): string {
    return this.#held.length > 0 ? String.fromCodePoint(REPLACEMENT) : ''
  }
}

function isCharacter(code: number): boolean {
  return code <= LAST && !(code >= 0xd800 && code < 0xe000)
}
