/** A process of its own whose memory can be asked for: run with --expose-gc by memory.test.ts. */
import { startSmtp } from './smtp-server.ts'

const server = await startSmtp()
const peak = { inUse: 0, rss: 0 }
let timer: NodeJS.Timeout | undefined

function sample(): void {
  const { rss } = process.memoryUsage()
  peak.rss = Math.max(peak.rss, rss)
}

/** What is in use, without what only waits to be collected. */
function collect(): void {
  globalThis.gc!()
  globalThis.gc!() // what the first one let go of is counted off by the next
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  peak.inUse = Math.max(peak.inUse, heapUsed + arrayBuffers)
}

process.on('message', async (message) => {
  if (message === 'watch') {
    globalThis.gc!()
    Object.assign(peak, { inUse: 0, rss: 0 })
    collect()
    sample()
    process.send!(peak)
    timer = setInterval(sample, 5)
  } else if (message === 'collect') {
    collect()
  } else if (message === 'report') {
    clearInterval(timer)
    process.send!(peak)
  } else {
    await server.close()
    process.disconnect()
  }
})
process.send!({ port: server.listeners.mx.port })
