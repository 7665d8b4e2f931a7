import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LineReader, type LineReaderOptions } from '../../shared/servers/line-reader.ts'
import { memoryConnection } from '../memory-connection.ts'

const IDLE_MS = 5000

async function lines(chunks: Iterable<string>, maxOctets: number, lineEnds: LineReaderOptions['lineEnds']) {
  const connection = memoryConnection()
  const reader = new LineReader(connection.server, { lineEnds })
  for (const chunk of chunks) connection.client.send(chunk)
  connection.client.end()
  const found: string[] = []
  for (;;) {
    const line = await reader.readLine(maxOctets, IDLE_MS)
    if (line === undefined) return found
    found.push(line.kind === 'line' ? Buffer.from(line.octets).toString('latin1') : `(${line.kind})`)
  }
}

const ROWS: [name: string, input: string, strict: string[], lenient: string[]][] = [
  ['lines', 'a\r\nbc\r\n\r\nd\r\n', ['a', 'bc', '', 'd'], ['a', 'bc', '', 'd']],
  ['the end cut off', 'a\r\nbc', ['a'], ['a']],
  ['as long as allowed', '12345678\r\n', ['12345678'], ['12345678']],
  ['one too long, the next not', '123456789\r\nok\r\n', ['(too-long)', 'ok'], ['(too-long)', 'ok']],
  ['much too long', `${'x'.repeat(20)}\r\nok\r\n`, ['(too-long)', 'ok'], ['(too-long)', 'ok']],
  ['a bare LF', 'a\nb\r\n', ['(bare-line-end)', 'b'], ['a', 'b']],
  ['a bare CR', 'a\rb\r\nc\r\n', ['(bare-line-end)', 'c'], ['a\rb', 'c']],
  ['CR CR LF', 'a\r\r\nc\r\n', ['(bare-line-end)', 'c'], ['a\r', 'c']],
  ['eight-bit octets', '\xe9\xff\x00\r\n', ['\xe9\xff\x00'], ['\xe9\xff\x00']],
]

for (const [name, input, strict, lenient] of ROWS) {
  test(`${name}, at every split`, async () => {
    for (let first = 0; first <= input.length; first++) {
      for (let second = first; second <= input.length; second++) {
        const chunks = [input.slice(0, first), input.slice(first, second), input.slice(second)]
        assert.deepEqual(await lines(chunks, 8, 'strict'), strict)
        assert.deepEqual(await lines(chunks, 8, 'lenient'), lenient)
      }
    }
    assert.deepEqual(await lines(input, 8, 'strict'), strict)
  })
}

test('lines and chunks in turn', async () => {
  const { server, client } = memoryConnection()
  const reader = new LineReader(server, { lineEnds: 'strict' })
  client.send('a {3}\r\nxyz b\r\n')
  assert.deepEqual((await reader.readLine(100, IDLE_MS))?.kind, 'line')
  assert.equal(reader.hasOctets, true)
  const chunk = await reader.readChunk(IDLE_MS)
  assert.equal(Buffer.from(chunk!).toString(), 'xyz b\r\n')
  reader.unread(chunk!.subarray(3))
  const line = await reader.readLine(100, IDLE_MS)
  assert.ok(line?.kind === 'line')
  assert.equal(Buffer.from(line.octets).toString(), ' b')
  assert.equal(reader.hasOctets, false)
})

test('a long line of one-octet chunks', async () => {
  const input = `${'x'.repeat(64 * 1024)}\r\nok\r\n`
  assert.deepEqual(await lines(input, 1000, 'strict'), ['(too-long)', 'ok'])
})

test('STARTTLS drops half a line and whole ones', async () => {
  const { server, client } = memoryConnection()
  const reader = new LineReader(server, { lineEnds: 'strict' })
  client.send('STARTTLS\r\nNOOP\r\nRCP')
  await reader.readLine(100, IDLE_MS)
  await reader.startTls('220 go\r\n')
  client.send('EHLO\r\n')
  const line = await reader.readLine(100, IDLE_MS)
  assert.ok(line?.kind === 'line')
  assert.equal(Buffer.from(line.octets).toString(), 'EHLO')
})
