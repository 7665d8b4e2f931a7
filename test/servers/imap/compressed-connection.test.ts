/** A connection under COMPRESS that is silent in between keeps nothing of either end, and goes on as if it had. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { constants, createDeflateRaw, createInflateRaw } from 'node:zlib'
import { type Connection, DisconnectedError, IdleTimeoutError } from '../../../shared/servers/connection.ts'
import { CompressedConnection } from '../../../shared/servers/imap/compressed-connection.ts'
import { OctetsTail } from '../../../shared/servers/imap/octets-tail.ts'

const IDLE_MS = 60_000
const LINES = Array.from({ length: 3000 }, (_, at) => `a${at} UID FETCH ${at * 7919} (FLAGS UID)\r\n`)

/** What the client sends, with 'silence' for as long as anybody waits. */
function clientSaying(script: (Uint8Array | 'silence')[]): { plain: Connection; written: Buffer[] } {
  const written: Buffer[] = []
  const plain: Connection = {
    remoteAddress: '192.0.2.1',
    secure: false,
    canStartTls: false,
    unsentOctets: 0,
    signal: new AbortController().signal,
    async read() {
      const next = script.shift()
      if (next === 'silence') throw new IdleTimeoutError('silence')
      return next
    },
    async write(octets) {
      written.push(Buffer.from(octets as Uint8Array))
    },
    writeFleeting: (octets) => plain.write(octets),
    startTls: () => Promise.reject(new Error('no TLS')),
    end: async () => undefined,
    destroy: () => undefined,
  }
  return { plain, written }
}

/** One deflater for all of it, so that what comes later points back. */
async function deflated(texts: readonly string[]): Promise<Buffer[]> {
  const deflate = createDeflateRaw({ level: 9 })
  const all: Buffer[] = []
  for (const text of texts) {
    deflate.write(text)
    await new Promise<void>((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, resolve))
    all.push(deflate.read() as Buffer)
  }
  return all
}

async function readAll(connection: Connection): Promise<string> {
  let text = ''
  for (;;) {
    const octets = await connection.read(IDLE_MS)
    if (octets === undefined) return text
    text += Buffer.from(octets).toString()
  }
}

test('what the client says after a silence may point back before it', async () => {
  const texts = [LINES.join(''), ...LINES.slice(-20), 'again\r\n', ...LINES.slice(-20)]
  const chunks = await deflated(texts)
  const { plain } = clientSaying(chunks.flatMap((chunk) => [chunk, 'silence' as const]))
  const connection = new CompressedConnection(plain, new Uint8Array())
  assert.equal(await readAll(connection), texts.join(''))
  connection.release()
})

test('a silence in the middle of a block loses nothing', async () => {
  const [chunk] = await deflated([LINES.join('')])
  const half = chunk!.length >> 1
  const { plain } = clientSaying([chunk!.subarray(0, half), 'silence', chunk!.subarray(half)])
  const connection = new CompressedConnection(plain, new Uint8Array())
  assert.equal(await readAll(connection), LINES.join(''))
  connection.release()
})

test('what is said after a silence follows what was said before it', async () => {
  const { plain, written } = clientSaying(Array.from({ length: 6 }, () => 'silence' as const))
  const connection = new CompressedConnection(plain, new Uint8Array())
  for (const text of ['first\r\n', 'first\r\nsecond\r\n', '\xfc third\r\n']) {
    await connection.write(text)
    await assert.rejects(connection.read(IDLE_MS), IdleTimeoutError)
  }
  connection.release()
  const inflate = createInflateRaw({ finishFlush: constants.Z_SYNC_FLUSH })
  inflate.end(Buffer.concat(written))
  const said = Buffer.concat(await inflate.toArray()).toString('latin1')
  assert.equal(said, 'first\r\nfirst\r\nsecond\r\n\xfc third\r\n')
})

test('what hardly compresses is sent to its end, however much it is at once', async () => {
  const { plain, written } = clientSaying([])
  const connection = new CompressedConnection(plain, new Uint8Array())
  const pieces = [randomBytes(1024 * 1024), randomBytes(300 * 1024), randomBytes(64 * 1024)]
  await connection.write(pieces[0]!)
  await connection.writeFleeting(pieces[1]!)
  await connection.write(pieces[2]!.toString('latin1'))
  connection.release()
  const inflate = createInflateRaw({ finishFlush: constants.Z_SYNC_FLUSH })
  inflate.end(Buffer.concat(written))
  assert.ok(Buffer.concat(await inflate.toArray()).equals(Buffer.concat(pieces)))
})

test('a write that the client never takes ends with the connection', async () => {
  const { plain } = clientSaying([])
  plain.write = () => new Promise((_, reject) => setImmediate(reject, new DisconnectedError('gone')))
  const connection = new CompressedConnection(plain, new Uint8Array())
  const writing = connection.write(randomBytes(1024 * 1024))
  connection.release()
  await assert.rejects(writing, DisconnectedError)
})

test('of all that went by the tail is kept', () => {
  const tail = new OctetsTail(10)
  assert.equal(tail.take().length, 0)
  for (let at = 0; at < 1000; at += 1) tail.add(Uint8Array.of(at % 256))
  assert.deepEqual(
    [...tail.take()],
    [...Array(10).keys()].map((at) => (990 + at) % 256),
  )
  tail.add(new Uint8Array(50).fill(7))
  assert.deepEqual([...tail.take()], Array(10).fill(7))
  assert.equal(tail.take().buffer.byteLength, 10)
})
