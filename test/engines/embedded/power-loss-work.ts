/** Work whose results can be told from its numbers alone. Run as a program it does all of it on a folder and says what is acknowledged. */
import { writeSync } from 'node:fs'
import { openEmbeddedEngine } from '../../../shared/engines/embedded/engine.ts'
import { sourceOf } from '../../../shared/ports/blob-source.ts'
import type { Engine } from '../../../shared/ports/engine.ts'

export const ROUNDS = 24
/** Enough octets that the database's log is folded back at least once on the way. */
const SMALL_PER_ROUND = 9
const LARGE_EVERY = 4
const SMALL_OCTETS = 20 * 1024
const LARGE_OCTETS = 300 * 1024

export const smallName = (n: number) => `raw/t/small-${n}`
export const largeName = (n: number) => `raw/t/large-${n}`

export function octetsOf(name: string): Buffer {
  return Buffer.alloc(name.includes('large') ? LARGE_OCTETS : SMALL_OCTETS, `${name} `)
}

/** `small-3`: what was asked for, and which of its kind. */
type Acknowledge = (what: string) => void

function round(engine: Engine, r: number, acknowledge: Acknowledge): Promise<void>[] {
  const { table, blobs, queues } = engine
  const told = (what: string, done: Promise<void>) => done.then(() => acknowledge(what))
  const small = Array.from({ length: SMALL_PER_ROUND }, (_, index) => {
    const n = r * SMALL_PER_ROUND + index
    return told(`small-${n}`, blobs.put(smallName(n), sourceOf(octetsOf(smallName(n)))))
  })
  const pair = ['left', 'right'].map((sk) => ({ put: { pk: `pair/${r}`, sk, r } }))
  return [
    ...small,
    told(`item-${r}`, table.write([{ put: { pk: 'items', sk: String(r), text: 'x'.repeat(500), r } }])),
    told(`pair-${r}`, table.write(pair)),
    told(`count-${r + 1}`, table.write([{ update: { pk: 'counter', sk: 'a' }, add: { n: 1 } }])),
    told(`message-${r}`, queues.jobs.send(`message-${r}`)),
    ...(r % LARGE_EVERY === 0 ? [told(`large-${r}`, blobs.put(largeName(r), sourceOf(octetsOf(largeName(r)))))] : []),
    ...(r > 0 ? [told(`gone-${r - 1}`, table.write([{ delete: { pk: `brief/${r - 1}`, sk: 'a' } }]))] : []),
    told(`brief-${r}`, table.write([{ put: { pk: `brief/${r}`, sk: 'a' } }])),
  ]
}

if (import.meta.main) {
  const engine = await openEmbeddedEngine({ folder: process.argv[2]!, relay: { kind: 'capture' } })
  for (let r = 0; r < ROUNDS; r++) await Promise.all(round(engine, r, (what) => writeSync(1, `ack ${what}\n`)))
  await engine.close()
}
