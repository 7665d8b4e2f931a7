/**
 * Loaded into a server whose memory is looked at (`--expose-gc --import`, server-memory.ts): on SIGUSR2 it collects what is garbage and writes down what is left, so that
 * growth is not mistaken for garbage that nobody has collected yet.
 */
import { renameSync, writeFileSync } from 'node:fs'
import { writeHeapSnapshot } from 'node:v8'
import { isMainThread } from 'node:worker_threads'

const file = process.env['TUBEPOST_TEST_MEMORY']

if (isMainThread && file !== undefined) {
  let snapshots = 0
  process.on('SIGUSR2', () => {
    globalThis.gc!()
    const { heapUsed, external } = process.memoryUsage()
    writeFileSync(`${file}.new`, JSON.stringify({ live: heapUsed + external }))
    renameSync(`${file}.new`, file)
    // What is alive, for the developer tools of Chromium; takes seconds, and is only for who looks for a leak.
    const folder = process.env['TUBEPOST_TEST_SNAPSHOTS']
    if (folder !== undefined) writeHeapSnapshot(`${folder}/${++snapshots}.heapsnapshot`)
  })
}
