/**
 * `npm run bench`: what takes how long, on this machine, as medians of several runs with their spread; peers in the same run where they are installed.
 * `npm run bench -- --list` names the benchmarks, `npm run bench -- ingest` runs those whose names begin so.
 */
import { arrival } from './arrival.ts'
import { idleMemory } from './idle-memory.ts'
import { ingest } from './ingest.ts'
import { mailbox } from './mailbox.ts'
import type { Benchmark } from './measure.ts'
import { structureScan } from './structure-scan.ts'

const BENCHMARKS: readonly Benchmark[] = [...ingest, ...mailbox, ...idleMemory, ...arrival, structureScan]

const wanted = process.argv.slice(2)
if (wanted.includes('--list')) {
  for (const { name, about } of BENCHMARKS) console.log(`${name.padEnd(28)} ${about}`)
} else {
  const chosen = BENCHMARKS.filter(
    ({ name }) => wanted.length === 0 || wanted.some((prefix) => name.startsWith(prefix)),
  )
  if (chosen.length === 0) {
    console.error(`no benchmark begins with ${wanted.join(', ')}; --list names them`)
    process.exitCode = 1
  }
  for (const { name, run } of chosen) {
    console.log(`\n${name}`)
    for (const line of await run()) console.log(`  ${line}`)
  }
}
