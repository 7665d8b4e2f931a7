import { isAscii } from 'node:buffer'
import { createHash } from 'node:crypto'
import { type LineEndState, watchLineEnds } from '../../codec/smtp/data.ts'
import { LineEnding } from '../../codec/smtp/stuff-dots.ts'
import type { BlobSource } from '../../ports/blobs.ts'

export interface Lines {
  /** As it may go by DATA. */
  source: BlobSource
  /** All of it is of 7 bits. */
  isAscii: boolean
}

/**
 * A message whose every line ends in CR LF (RFC 5321 §2.3.8); one that came by IMAP may have others, and gets them before it is signed. Reads it
 * once, and once more where it is not as it has to be.
 */
export async function asLines(source: BlobSource): Promise<Lines> {
  let ascii = true
  let state: LineEndState = 'text'
  for await (const chunk of source.open()) {
    ascii &&= isAscii(chunk)
    state = watchLineEnds(state, chunk)
  }
  return { source: state === 'text' ? source : await ended(source), isAscii: ascii }
}

async function ended(source: BlobSource): Promise<BlobSource> {
  async function* open(): AsyncGenerator<Uint8Array> {
    const ending = new LineEnding()
    for await (const chunk of source.open()) yield ending.write(chunk)
    yield ending.end()
  }
  const hash = createHash('sha256')
  let length = 0
  for await (const chunk of open()) {
    hash.update(chunk)
    length += chunk.length
  }
  return { length, sha256: hash.digest('hex'), open }
}
