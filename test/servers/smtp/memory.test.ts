import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'

const MIB = 1024 * 1024
const LINE = Buffer.from(`${'x'.repeat(76)}\r\n`)
const BLOCK = Buffer.concat(Array<Buffer>(1000).fill(LINE))

const TAKEN = /\r\n250 2\.0\.0 OK /

/** Sends one message of so many octets and waits for its reply; `onWay` is called ten times on the way. */
async function send(port: number, octets: number, onWay = () => {}): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let received = ''
  socket.on('data', (chunk) => {
    received += chunk.toString()
  })
  socket.write(
    'HELO client.test\r\nMAIL FROM:<x@elsewhere.test>\r\nRCPT TO:<alice@one.test>\r\nDATA\r\nSubject: x\r\n\r\n',
  )
  for (let sent = 0; sent + BLOCK.length < octets; sent += BLOCK.length) {
    if (!socket.write(BLOCK)) await once(socket, 'drain')
    if (Math.floor((sent * 10) / octets) !== Math.floor(((sent + BLOCK.length) * 10) / octets)) onWay()
  }
  socket.end('.\r\nQUIT\r\n')
  await once(socket, 'close')
  return received
}

test('a message of 50 MiB adds at most 2 MiB to the process', async () => {
  const child = fork(new URL('memory-server.ts', import.meta.url), { execArgv: ['--expose-gc'] })
  try {
    const answer = async () => (await once(child, 'message'))[0] as { port: number; inUse: number; rss: number }
    const ask = (question: string) => {
      child.send(question)
      return answer()
    }
    const { port } = await answer()
    // A first one compiles the code and lets pools and heap grow to what any traffic needs.
    assert.match(await send(port, 50 * MIB - 1000), TAKEN)
    const before = await ask('watch')
    assert.match(await send(port, 50 * MIB - 1000, () => child.send('collect')), TAKEN)
    const after = await ask('report')
    assert.ok(after.inUse - before.inUse <= 2 * MIB, `${after.inUse - before.inUse} octets more in use`)
    // With what waits to be collected, which V8 lets grow to tens of MiB when a message comes fast; mostly it is less than 1 MiB.
    assert.ok(after.rss - before.rss <= 32 * MIB, `${after.rss - before.rss} octets more resident`)
    assert.match(await send(port, 51 * MIB), /\r\n552 5\.3\.4 /)
    child.send('close')
    await once(child, 'exit')
  } finally {
    child.kill()
  }
})
