/**
 * `npm run soak`: many mixed sessions on the real process for a while, whose memory must not grow; then a drain that no client's user would
 * hear of. `npm run soak -- 5000 600` for 5,000 sessions and ten minutes.
 */
import { readFile } from 'node:fs/promises'
import { startServerProcess } from '../server-process.ts'
import { type Crowd, joinCrowd, KINDS } from './sessions.ts'

const [sessions = 200, seconds = 60] = process.argv.slice(2).map(Number)
const SAMPLE_MS = 2000
/** Between the middle third and the last. */
const GROWTH_OCTETS = 16 * 1024 * 1024
const GROWTH_SHARE = 0.1

const server = await startServerProcess({
  TUBEPOST_LIMIT_CONNECTIONS_PER_IP: '20000',
  TUBEPOST_LIMIT_CONNECTIONS_PER_ACCOUNT: '20000',
})
const crowd: Crowd = { ports: server.ports, stopping: false, acts: 0, complaints: [] }
const ended: Promise<void>[] = []
for (let at = 0; at < sessions; at += 1) {
  ended.push(joinCrowd(crowd, KINDS[at % KINDS.length]!))
  if (at % 50 === 49) await pause(100) // as people come in the morning, not all in one packet
}
const samples: number[] = []
const end = performance.now() + seconds * 1000
while (performance.now() < end) {
  await pause(SAMPLE_MS)
  samples.push(await memoryOf(server.pid))
}
const acts = crowd.acts
crowd.stopping = true
const drained = performance.now()
await server.end()
const drainMs = performance.now() - drained
await Promise.all(ended)
await server.stop()

const third = Math.floor(samples.length / 3)
const [middle, last] = [median(samples.slice(third, 2 * third)), median(samples.slice(-third))]
console.log(`${sessions} sessions, ${seconds} s, ${acts} acts, drained in ${(drainMs / 1000).toFixed(1)} s`)
console.log(`memory ${mib(samples[0]!)} at first, ${mib(middle)} in the middle third, ${mib(last)} in the last`)
for (const complaint of crowd.complaints.slice(0, 10)) console.log(`complaint: ${complaint}`)
console.log(`${crowd.complaints.length} complaints`)
if (last - middle > Math.max(GROWTH_OCTETS, middle * GROWTH_SHARE)) {
  console.log('memory has grown')
  process.exitCode = 1
}
if (crowd.complaints.length > 0) process.exitCode = 1

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Octets, by proportional share. */
async function memoryOf(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8')
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)![1]) * 1024
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!
}

function mib(octets: number): string {
  return `${(octets / 1024 / 1024).toFixed(0)} MiB`
}
