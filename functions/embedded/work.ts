import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { type Invitation, type OwnEmbeddedEngine, portsOf } from '../../shared/engines/embedded/engine.ts'
import { addCounted, type Counted } from '../../shared/metrics.ts'
import type { EmbeddedSettings } from '../../shared/settings.ts'

/** What the thread is given. */
export interface WorkOrder {
  settings: EmbeddedSettings
  invitation: Invitation
  /** Origin of links to objects. */
  linkBase: string
}

export type ToWork = 'stop' | { count: number }
export type FromWork = 'working' | 'stopped' | { counted: Counted; count: number }

export interface Work {
  /** Finishes what is under way, takes no more, and ends the thread. */
  stop(): Promise<void>
}

/**
 * Starts the thread that works on the queues: indexing and folding take much of a processor, and sessions shall not wait for them. Where the
 * thread dies, so does the process, as by any other fault of ours: whoever started it starts it again, and what was queued is there.
 */
export async function startWork(
  engine: Pick<OwnEmbeddedEngine, 'invite'>,
  { settings, linkBase }: Omit<WorkOrder, 'invitation'>,
): Promise<Work> {
  const invitation = engine.invite()
  const order: WorkOrder = { settings, invitation, linkBase }
  const thread = new Worker(new URL('./work-thread.ts', import.meta.url), {
    workerData: order,
    transferList: portsOf(invitation),
  })
  await saying(thread, (message) => message === 'working')
  let counts = 0
  const forget = addCounted(async () => {
    const count = counts++
    thread.postMessage({ count } satisfies ToWork)
    const answer = await saying(thread, (message) => typeof message === 'object' && message.count === count)
    return (answer as { counted: Counted }).counted
  })
  return {
    async stop() {
      forget()
      const stopped = saying(thread, (message) => message === 'stopped')
      thread.postMessage('stop' satisfies ToWork)
      await stopped
      await thread.terminate()
    },
  }
}

/** Until the thread says such a thing. Rejects with what it died of. */
async function saying(thread: Worker, isMeant: (message: FromWork) => boolean): Promise<FromWork> {
  for (;;) {
    const [message] = (await once(thread, 'message')) as [FromWork]
    if (isMeant(message)) return message
  }
}
