/**
 * `npm run soak`: many mixed sessions on the real process for a while, whose memory must not grow; then a drain that no client's user would
 * hear of. `npm run soak -- 5000 600` for 5,000 sessions and ten minutes.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Memory, memoryOf, reporting } from '../server-memory.ts'
import { startServerProcess } from '../server-process.ts'
import { type Crowd, joinCrowd, KINDS, makeUsers, whileStill } from './sessions.ts'

const [sessions = 200, seconds = 60] = process.argv.slice(2).map(Number)
const SAMPLES = 18
/** All sessions have signed in by then. */
const JOINING_MS = 300_000
/** What may come between the middle third of the samples and the last, of octets that are in use, and of the process's own. */
const LIVE_GROWTH = { octets: 4 * 1024 * 1024, share: 0.05 }
const RESIDENT_GROWTH = { octets: 48 * 1024 * 1024, share: 0.15 }

const folder = await mkdtemp(join(tmpdir(), 'tubepost-soak-'))
const report = join(folder, 'memory.json')
const server = await startServerProcess({
  TUBEPOST_LIMIT_CONNECTIONS_PER_IP: '20000',
  TUBEPOST_LIMIT_CONNECTIONS_PER_ACCOUNT: '20000',
  ...reporting(report),
})
const users = await makeUsers(server.ports, sessions)
const crowd: Crowd = {
  ports: server.ports,
  users,
  stopping: false,
  joined: 0,
  acts: 0,
  acting: 0,
  opening: Promise.resolve(),
  complaints: [],
}
const ended: Promise<void>[] = []
for (let at = 0; at < sessions; at += 1) {
  ended.push(joinCrowd(crowd, KINDS[at % KINDS.length]!))
  if (at % 50 === 49) await pause(100) // as people come in the morning, not all in one packet
}
const joining = performance.now()
while (crowd.joined < sessions - crowd.complaints.length && performance.now() < joining + JOINING_MS) await pause(100)
console.log(`${crowd.joined} of ${sessions} sessions have joined after ${seconded(performance.now() - joining)} more`)
const samples: Memory[] = []
const begun = performance.now()
for (let at = 1; at <= SAMPLES; at += 1) {
  await pause(Math.max(0, begun + (at * seconds * 1000) / SAMPLES - performance.now()))
  // What is under way comes and goes with the moment; what stays when nothing is under way is what may not grow.
  samples.push(await whileStill(crowd, () => memoryOf(server.pid, report)))
}
const acts = crowd.acts
crowd.stopping = true
const drained = performance.now()
await server.end()
const drainMs = performance.now() - drained
await Promise.all(ended)
await server.stop()
await rm(folder, { recursive: true })

console.log(`${sessions} sessions, ${seconds} s, ${acts} acts, drained in ${seconded(drainMs)}`)
const hasGrown = [
  grown('in use', ({ live }) => live, LIVE_GROWTH),
  grown('resident', ({ resident }) => resident, RESIDENT_GROWTH),
].includes(true)
for (const complaint of crowd.complaints.slice(0, 10)) console.log(`complaint: ${complaint}`)
console.log(`${crowd.complaints.length} complaints`)
if (hasGrown || crowd.complaints.length > 0) process.exitCode = 1

/** Whether memory goes on growing once everybody is there. */
function grown(name: string, of: (memory: Memory) => number, { octets, share }: typeof LIVE_GROWTH): boolean {
  const values = samples.map(of)
  const third = Math.floor(values.length / 3)
  const [middle, last] = [median(values.slice(third, 2 * third)), median(values.slice(-third))]
  const isGrown = last - middle > Math.max(octets, middle * share)
  console.log(`${name}: ${mib(middle)} in the middle third, ${mib(last)} in the last${isGrown ? ': it has grown' : ''}`)
  console.log(`  ${values.map(mib).join(', ')}`)
  return isGrown
}

function seconded(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!
}

function mib(octets: number): string {
  return `${(octets / 1024 / 1024).toFixed(0)} MiB`
}
