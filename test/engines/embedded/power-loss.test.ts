import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type EmbeddedEngine, openEmbeddedEngine } from '../../../shared/engines/embedded/engine.ts'
import { readWhole } from '../../../shared/ports/blob-source.ts'
import { listAll } from '../../../shared/ports/blobs.ts'
import type { Queue } from '../../../shared/ports/queue.ts'
import { largeName, octetsOf, ROUNDS, smallName } from './power-loss-work.ts'
import { SimulatedDisk, STRICT, type Survival, torn } from './simulated-disk.ts'
import { firstNumber, lastNumber, type SystemCall, strings, type TraceEvent, traceEvents } from './strace-events.ts'

const CALLS = 'open,openat,pwrite64,write,writev,pwritev,fsync,fdatasync,rename,link,unlink,ftruncate,mkdir,close'
/** Longer than any single write of the work. */
const STRING_OCTETS = 400_000
/** Points in time at which the power goes, each once with everything unflushed lost and once with some of it kept. */
const CUTS = 50
/** Restarts looked at side by side, as each mostly waits for its disk. */
const RESTARTS = 4

const hasStrace = spawnSync('strace', ['-V']).status === 0

async function record(root: string): Promise<TraceEvent[]> {
  const trace = join(root, 'trace')
  const program = fileURLToPath(new URL('./power-loss-work.ts', import.meta.url))
  const straced = ['-f', '-xx', '-s', String(STRING_OCTETS), '-e', `trace=${CALLS}`, '-o', trace]
  mkdirSync(join(root, 'disk'))
  const run = spawnSync('strace', [...straced, process.execPath, program, join(root, 'disk', 'data')])
  assert.equal(run.status, 0, String(run.stderr))
  const events: TraceEvent[] = []
  for await (const event of traceEvents(trace)) events.push(event)
  return events
}

/** What the call did to the disk. A flush covers what came before it began, anything else counts when it has ended. */
function follow(disk: SimulatedDisk, event: TraceEvent): void {
  const isFlush = ({ name }: SystemCall) => name === 'fsync' || name === 'fdatasync'
  if ('begun' in event) {
    if (isFlush(event.begun)) disk.flushBegan(event.begun.thread, firstNumber(event.begun.args))
    return
  }
  const { thread, name, args, result } = event.ended
  const path = () => String(strings(args)[0])
  if (isFlush(event.ended)) disk.flushed(thread)
  else if (name === 'open' || name === 'openat') disk.opened(path(), result, args)
  else if (name === 'close') disk.closed(firstNumber(args))
  else if (name === 'pwrite64') disk.wrote(firstNumber(args), strings(args)[0]!.subarray(0, result), lastNumber(args))
  else if (name === 'write') disk.wrote(firstNumber(args), strings(args)[0]!.subarray(0, result))
  else if (name === 'writev') disk.wrote(firstNumber(args), Buffer.concat(strings(args)).subarray(0, result))
  else if (name === 'pwritev')
    disk.wrote(firstNumber(args), Buffer.concat(strings(args)).subarray(0, result), lastNumber(args))
  else if (name === 'ftruncate') disk.truncated(firstNumber(args), lastNumber(args))
  else if (name === 'mkdir') disk.madeFolder(path())
  else if (name === 'unlink') disk.unlinked(path())
  else if (name === 'link') disk.linked(path(), String(strings(args)[1]))
  else if (name === 'rename') {
    disk.linked(path(), String(strings(args)[1]))
    disk.unlinked(path())
  } else throw new Error(`${name} is not simulated`)
}

/** `small-3` where the event is the work's word that it is done. */
function acknowledgement(event: TraceEvent): string | undefined {
  if (!('ended' in event) || event.ended.name !== 'write' || firstNumber(event.ended.args) !== 1) return undefined
  return String(strings(event.ended.args)[0]).match(/^ack (\S+)\n$/)?.[1]
}

/** Before and after every flush and after every acknowledgement, thinned out evenly. */
function cutPoints(events: readonly TraceEvent[]): Set<number> {
  const cuts: number[] = []
  for (const [index, event] of events.entries()) {
    const call = 'begun' in event ? event.begun : event.ended
    const isFlush = call.name === 'fsync' || call.name === 'fdatasync'
    if (isFlush || acknowledgement(event) !== undefined) cuts.push('begun' in event ? index : index + 1)
  }
  const unique = [...new Set(cuts)]
  const step = Math.max(1, unique.length / CUTS)
  return new Set(Array.from({ length: Math.min(CUTS, unique.length) }, (_, cut) => unique[Math.floor(cut * step)]!))
}

async function bodies(queue: Queue): Promise<Set<string>> {
  const found = new Set<string>()
  for (;;) {
    const messages = await queue.receive({ max: 10, visibilitySeconds: 600, waitSeconds: 0 })
    if (messages.length === 0) return found
    for (const { body } of messages) found.add(body)
  }
}

async function checkTable({ table }: EmbeddedEngine, acknowledged: ReadonlySet<string>): Promise<void> {
  const counter = await table.get({ pk: 'counter', sk: 'a' })
  for (let r = 0; r < ROUNDS; r++) {
    const item = await table.get({ pk: 'items', sk: String(r) })
    if (acknowledged.has(`item-${r}`)) assert.ok(item, `item ${r}`)
    if (item) assert.deepEqual(item, { pk: 'items', sk: String(r), text: 'x'.repeat(500), r })
    const { items: pair } = await table.query(`pair/${r}`)
    assert.ok(pair.length === 2 || pair.length === 0, `half of pair ${r}`)
    if (acknowledged.has(`pair-${r}`)) assert.equal(pair.length, 2, `pair ${r}`)
    if (acknowledged.has(`count-${r + 1}`)) assert.ok((counter!['n'] as number) >= r + 1, `count ${r + 1}`)
    const brief = await table.get({ pk: `brief/${r}`, sk: 'a' })
    if (acknowledged.has(`gone-${r}`)) assert.equal(brief, undefined, `deleted item ${r}`)
    // Its deletion comes a round later: until that is asked for, an item acknowledged is there.
    else if (acknowledged.has(`brief-${r}`) && !acknowledged.has(`item-${r + 1}`) && r === lastRound(acknowledged))
      assert.ok(brief, `brief item ${r}`)
  }
}

function lastRound(acknowledged: ReadonlySet<string>): number {
  // The next round begins when all of this one is acknowledged: as long as something is missing, no deletion was asked for.
  for (let r = ROUNDS - 1; r >= 0; r--) {
    const all = [`item-${r}`, `pair-${r}`, `count-${r + 1}`, `message-${r}`, `brief-${r}`]
    if (all.some((what) => acknowledged.has(what))) return all.every((what) => acknowledged.has(what)) ? -1 : r
  }
  return -1
}

async function checkObjects(engine: EmbeddedEngine, acknowledged: ReadonlySet<string>, folder: string): Promise<void> {
  const announced = await bodies(engine.queues.arrivals)
  const found = new Set<string>()
  for await (const { name, length } of listAll(engine.blobs, 'raw/')) {
    found.add(name)
    const octets = await readWhole(engine.blobs, name)
    assert.equal(octets!.length, length)
    assert.ok(octetsOf(name).equals(octets!), `octets of ${name}`)
    assert.ok(announced.has(JSON.stringify({ name })), `the word of ${name}`)
  }
  assert.equal(announced.size, found.size)
  for (const what of acknowledged) {
    const [kind, n] = what.split('-') as [string, string]
    if (kind === 'small') assert.ok(found.has(smallName(Number(n))), what)
    if (kind === 'large') assert.ok(found.has(largeName(Number(n))), what)
  }
  const files = readdirSync(join(folder, 'blobs'), { recursive: true, withFileTypes: true })
  const large = [...found].filter((name) => name.includes('large'))
  assert.equal(files.filter((file) => file.isFile()).length, large.length, 'files left over')
}

async function check(folder: string, acknowledged: ReadonlySet<string>): Promise<void> {
  const engine = await openEmbeddedEngine({ folder, relay: { kind: 'capture' } })
  try {
    await checkTable(engine, acknowledged)
    await checkObjects(engine, acknowledged, folder)
    const sent = await bodies(engine.queues.jobs)
    for (const what of acknowledged) if (what.startsWith('message-')) assert.ok(sent.has(what), what)
    await engine.table.write([{ put: { pk: 'after', sk: 'a' } }])
  } finally {
    await engine.close()
  }
}

describe('loss of power', { skip: hasStrace ? false : 'strace is not installed' }, () => {
  const root = mkdtempSync(join(tmpdir(), 'tubepost-power-'))
  let events: TraceEvent[] = []
  before(async () => {
    events = await record(root)
  })
  after(() => rmSync(root, { recursive: true }))

  it('is seen through system calls: flushes of log, database, files and folders', () => {
    const names = new Set(events.flatMap((event) => ('ended' in event ? [event.ended.name] : [])))
    for (const name of ['openat', 'pwrite64', 'write', 'fsync', 'fdatasync', 'mkdir']) assert.ok(names.has(name), name)
    assert.ok(events.filter((event) => acknowledgement(event) !== undefined).length > ROUNDS * 12)
  })

  for (const { name, survival } of [
    { name: 'loses nothing acknowledged where everything unflushed is lost', survival: () => STRICT },
    { name: 'loses nothing acknowledged where some of the unflushed is kept, in parts', survival: torn },
  ] satisfies { name: string; survival: (seed: number) => Survival }[]) {
    it(name, async () => {
      const disk = new SimulatedDisk(join(root, 'disk'))
      const cuts = cutPoints(events)
      const acknowledged = new Set<string>()
      const restarts = new Set<Promise<void>>()
      async function restart(index: number, done: ReadonlySet<string>): Promise<void> {
        const restored = mkdtempSync(join(root, 'restored-'))
        disk.restore(restored, survival(index))
        try {
          await check(join(restored, 'data'), done)
        } catch (error) {
          throw new Error(`after event ${index} of ${events.length}, ${done.size} acknowledged`, { cause: error })
        }
        rmSync(restored, { recursive: true })
      }
      for (let index = 0; index <= events.length; index++) {
        if (cuts.has(index)) {
          const restarting = restart(index, new Set(acknowledged)).finally(() => restarts.delete(restarting))
          restarts.add(restarting)
          if (restarts.size >= RESTARTS) await Promise.race(restarts)
        }
        const event = events[index]
        if (!event) continue
        follow(disk, event)
        const what = acknowledgement(event)
        if (what !== undefined) acknowledged.add(what)
      }
      await Promise.all(restarts)
      assert.ok(acknowledged.size > ROUNDS * 12)
    })
  }
})
