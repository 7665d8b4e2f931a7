import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import {
  type EmbeddedEngine,
  type EmbeddedOptions,
  openEmbeddedEngine,
} from '../../../shared/engines/embedded/engine.ts'

/** A folder that goes when the test ends, and engines on it that are closed before. */
export async function folderFor(test: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'tubepost-embedded-'))
  const engines: EmbeddedEngine[] = []
  test.after(async () => {
    for (const engine of engines) await engine.close()
    await rm(folder, { recursive: true })
  })
  async function open(options: Partial<EmbeddedOptions> = {}): Promise<EmbeddedEngine> {
    const engine = await openEmbeddedEngine({ folder, relay: { kind: 'capture' }, ...options })
    engines.push(engine)
    return engine
  }
  return { folder, open }
}

/** Looks again until it holds; fails after `deadlineMs`. */
export async function eventually(holds: () => Promise<boolean> | boolean, deadlineMs = 10_000): Promise<void> {
  const deadline = Date.now() + deadlineMs
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`still not so after ${deadlineMs} ms: ${holds}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
