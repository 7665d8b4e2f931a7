/** What a run of the road stands on: an engine that outlives the processes, and a clock that can be moved. */
import { existsSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedEngine } from '../../shared/engines/embedded/engine.ts'
import type { Engine } from '../../shared/ports/engine.ts'
import { settableClock } from '../house.ts'
import type { Cast } from './cast.ts'

export interface Ground {
  readonly engine: Engine
  /** How long a message of a queue is hidden that was received, or failed. */
  readonly visibilitySeconds: number
  /** Lets at least so much time pass for everybody, queues included. */
  elapse(ms: number): Promise<void>
  close(): Promise<void>
}

export type Prepare = (ground: Ground) => Promise<Cast>

/** Makes grounds that have each been prepared in the same way, with whom the preparation brought. */
export interface Grounds {
  open(): Promise<{ ground: Ground; cast: Cast }>
  close(): Promise<void>
}

/** Whether the disk keeps what it was told is another suite's question (power-loss.test.ts): here memory will do. */
const HOME = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** The folder is prepared once, and copied for each run. `aheadMs` is how far the preparation has moved the clock. */
export async function embeddedGrounds(prepare: Prepare): Promise<Grounds> {
  const home = await mkdtemp(join(HOME, 'tubepost-faults-'))
  const template = join(home, 'template')
  let aheadMs = 0
  let runs = 0

  async function openFolder(folder: string): Promise<Ground> {
    const clock = settableClock()
    clock.advance(aheadMs)
    const engine = await openEmbeddedEngine({ folder, relay: { kind: 'capture' }, clock })
    return {
      engine,
      visibilitySeconds: 60,
      elapse: async (ms) => {
        if (folder === template) aheadMs += ms
        clock.advance(ms)
      },
      close: () => engine.close(),
    }
  }

  const first = await openFolder(template)
  const cast = await prepare(first)
  await first.close()
  return {
    async open() {
      const folder = join(home, `run-${runs++}`)
      await cp(template, folder, { recursive: true })
      const ground = await openFolder(folder)
      const close = async () => {
        await ground.close()
        await rm(folder, { recursive: true, force: true })
      }
      return { ground: { ...ground, close }, cast }
    },
    close: () => rm(home, { recursive: true, force: true }),
  }
}
