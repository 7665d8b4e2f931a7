/** A stretch of the road, and what it is held to: run once for each port call and fault. */
import { setTimeout } from 'node:timers/promises'
import { reclaim } from '../../shared/flows/upkeep/reclaim.ts'
import { reindex } from '../../shared/flows/upkeep/reindex.ts'
import { sweep } from '../../shared/flows/upkeep/sweep.ts'
import { queryAll } from '../../shared/ports/table.ts'
import { contentPk } from '../../shared/store/keys.ts'
import { openStore, type Store } from '../../shared/store/store.ts'
import { SCAN } from '../house.ts'
import { type Cast, makeCast, TENANTS } from './cast.ts'
import { canMeet, FAULT_KINDS, type Fault, type FaultKind } from './faulty-engine.ts'
import type { Ground, Grounds, Prepare } from './ground.ts'
import { compareStates, type Recount, recount, rowOf } from './recount.ts'
import { World } from './world.ts'

/** What must be true of the recount at the end of a road: what is not, in words. */
export type Expectation = (counted: Recount) => string[]

export interface Road {
  name: string
  /** Its jobs are put off for so long that they come back only where the queues' time can be moved, too: SQS keeps real time. */
  movesQueueTime?: true
  /** Without faults; what it makes is where every run begins. */
  prepare(store: Store, ground: Ground, cast: Cast): Promise<void>
  /** Under faults. */
  run(world: World, cast: Cast): Promise<Expectation>
}

const MOST_MS = 120_000
const DAY_MS = 24 * 60 * 60 * 1000

export interface Run {
  fault: Fault | undefined
  calls: readonly string[]
  /** The call that the fault met. */
  met: string | undefined
  faults: string[]
}

/** One run of the road: afterwards all queues are worked off, everything is recounted, and again after what nobody needs was taken away. */
export async function runRoad(road: Road, grounds: Grounds, fault?: Fault): Promise<Run> {
  const { ground, cast } = await grounds.open()
  const world = new World(ground, fault)
  const faults: string[] = []
  try {
    const expectation = await road.run(world, cast)
    await world.drain()
    const first = await recount(ground.engine, TENANTS)
    faults.push(...world.complaints, ...first.faults, ...expectation(first))
    faults.push(...(await compareReplicas(ground, first)))
    await settle(ground)
    const last = await recount(ground.engine, TENANTS, { settled: true, earlier: first })
    faults.push(...last.faults.map((found) => `settled: ${found}`), ...expectation(last))
    faults.push(...(await compareReindexed(ground, last)))
  } catch (error) {
    faults.push(describe(error))
  } finally {
    await ground.close()
  }
  return { fault, calls: world.calls, met: world.met, faults }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? `${error.stack}` : `${error.message}: ${describe(error.cause)}`
}

/** Every call of the road with every fault that can meet it, or `runs` of them, evenly spread. The first run has no fault. */
export async function runWithFaults(
  road: Road,
  grounds: Grounds,
  { runs = Number.POSITIVE_INFINITY, kinds = FAULT_KINDS }: { runs?: number; kinds?: readonly FaultKind[] } = {},
): Promise<Run[]> {
  const whole = await runRoad(road, grounds)
  const all = whole.calls.flatMap((call, index) =>
    kinds.filter((kind) => canMeet(kind, call)).map((kind): Fault => ({ at: index + 1, kind })),
  )
  const wanted = Math.min(all.length, runs)
  const chosen = Array.from({ length: wanted }, (_, index) => all[Math.floor((index * all.length) / wanted)]!)
  const done = [whole]
  for (const fault of chosen) done.push(await withinTime(runRoad(road, grounds, fault), fault))
  return done
}

/** What hangs is a fault too. */
async function withinTime(run: Promise<Run>, fault: Fault): Promise<Run> {
  const late = new AbortController()
  const hung = setTimeout(MOST_MS, undefined, { signal: late.signal }).then(() => ({
    fault,
    calls: [],
    met: undefined,
    faults: [`nothing happened for ${MOST_MS} ms`],
  }))
  hung.catch(() => undefined) // called off
  const done = await Promise.race([run, hung])
  late.abort()
  return done
}

/** Whom every road has, and what this one needs besides. */
export function preparation(road: Road): Prepare {
  return async (ground) => {
    const store = openStore(ground.engine)
    const cast = await makeCast(store)
    await road.prepare(store, ground, cast)
    return cast
  }
}

/** Of the runs with a fault, those whose call came. */
export function metOf(runs: readonly Run[]): { met: number; faulty: number } {
  return { met: runs.filter((run) => run.met !== undefined).length, faulty: runs.length - 1 }
}

/** What went wrong, as text; empty where nothing did. Faults that met nothing prove nothing: so many of them must have met their call. */
export function report(runs: readonly Run[], share = 0.8): string {
  const wrong = runs.filter(({ faults }) => faults.length > 0)
  const told = wrong.slice(0, 8).map(({ fault, met, faults }) => ({ ...fault, met, faults: faults.slice(0, 4) }))
  if (wrong.length > 0) return `${wrong.length} of ${runs.length} runs: ${JSON.stringify(told, undefined, 1)}`
  const { met, faulty } = metOf(runs)
  return met < faulty * share ? `only ${met} of ${faulty} runs met their fault` : ''
}

/** A new process must see what was counted, and "changes since" must miss nothing (I4). */
export async function compareReplicas({ engine }: Ground, { mailboxes }: Recount): Promise<string[]> {
  const faults: string[] = []
  const store = openStore(engine)
  for (const { mailbox, path, messages, states, modseq } of mailboxes) {
    const say = (fault: string) => faults.push(`${path?.join('/')}: ${fault}`)
    await store.tenant(mailbox.split('/')[0] as never).replicas.use(mailbox, async (replica) => {
      const { messages: table } = replica
      const rows = Array.from({ length: table.count }, (_, row) => rowOf(table, row))
      compareStates('the replica', new Map(rows.map((row) => [row.uid, row])), messages, say)
      if (replica.modseq !== modseq) say(`the replica is at ${replica.modseq}, the journal at ${modseq}`)
      for (const [since, before] of states) {
        const changes = replica.changesSince(since)
        if (changes === undefined) continue // not known any more: the client is told everything
        const expunged = [...before.keys()].filter((uid) => !messages.has(uid))
        const appended = [...messages.keys()].filter((uid) => !before.has(uid))
        const flagged = [...messages.values()].filter(
          ({ uid, modseq: changed }) => before.has(uid) && before.get(uid)!.modseq !== changed,
        )
        const counted = { expunged, appended, flagged: flagged.map(({ uid }) => uid) }
        for (const [kind, uids] of Object.entries(counted)) {
          const told = changes[kind as keyof typeof changes]
          if (told.join() !== uids.toSorted((a, b) => a - b).join()) say(`since ${since} ${kind} ${told}, not ${uids}`)
        }
      }
    })
  }
  return faults
}

/** Time passes until nothing that failed on the way may be left: what was missed is swept up, what nobody needs is gone. */
export async function settle(ground: Ground): Promise<void> {
  for (const ms of [2 * DAY_MS, 8 * DAY_MS, 8 * DAY_MS]) {
    await ground.elapse(ms)
    const auditor = new World(ground)
    await sweep(auditor.store, { whole: true })
    await auditor.drain()
    for (const tenant of TENANTS) await reclaim(auditor.store, tenant)
  }
}

/** `reindex` makes nothing other than it was (I9). */
async function compareReindexed(ground: Ground, before: Recount): Promise<string[]> {
  const store = openStore(ground.engine)
  const items = await contentItems(ground, before)
  for (const tenant of TENANTS) await reindex(store.tenant(tenant), SCAN)
  const after = await recount(ground.engine, TENANTS, { settled: true, earlier: before })
  const faults = after.faults.map((fault) => `reindexed: ${fault}`)
  for (const { mailbox, path, modseq } of after.mailboxes) {
    if (before.mailboxes.find((counted) => counted.mailbox === mailbox)?.modseq !== modseq)
      faults.push(`reindexed: ${path?.join('/')} has changed`)
  }
  const now = await contentItems(ground, after)
  for (const name of new Set([...items.keys(), ...now.keys()])) {
    if (items.get(name) !== now.get(name)) faults.push(`reindexed: item ${name} has changed`)
  }
  return faults
}

/** Views and deliveries as text. */
async function contentItems({ engine }: Ground, { contents }: Recount): Promise<Map<string, string>> {
  const items = new Map<string, string>()
  for (const [tenant, ids] of contents) {
    for (const id of ids) {
      for await (const { pk, sk, ...attributes } of queryAll(engine.table, contentPk(tenant, id as never))) {
        const text = JSON.stringify(attributes, (_, value) => (value instanceof Set ? [...value].sort() : value))
        items.set(`${pk} ${sk}`, text)
      }
    }
  }
  return items
}
