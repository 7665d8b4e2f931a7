const [CR, LF] = [13, 10]

/** Octets whose lines end in CR LF, however they ended. */
export async function* withCrlf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let last = 0
  for await (const chunk of chunks) {
    const parts: Uint8Array[] = []
    let at = 0
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, end + 1)) {
      if ((end > 0 ? chunk[end - 1] : last) === CR) continue
      parts.push(chunk.subarray(at, end), CRLF)
      at = end + 1
    }
    parts.push(chunk.subarray(at))
    last = chunk.at(-1) ?? last
    yield parts.length === 1 ? chunk : Buffer.concat(parts)
  }
}

const CRLF = Buffer.from('\r\n')
