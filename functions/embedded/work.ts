import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { type Invitation, type OwnEmbeddedEngine, portsOf } from '../../shared/engines/embedded/engine.ts'
import { addCounted, type Counted } from '../../shared/metrics.ts'
import type { EmbeddedSettings } from '../../shared/settings.ts'
import { endProcess } from './end-process.ts'

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
  const forgetFaults = endAtFaultOf(thread)
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
      forgetFaults()
      await thread.terminate()
    },
  }
}

/** A process whose queues nobody works on would take mail and deliver none. Answers how to let the thread end in peace. */
function endAtFaultOf(thread: Worker): () => void {
  const died = (error: Error) => endProcess('work', error)
  const exited = (code: number) => endProcess('work', new Error(`it ended with ${code}`))
  thread.on('error', died).on('exit', exited)
  return () => thread.off('error', died).off('exit', exited)
}

/** Until the thread says such a thing. Rejects with what it died of. */
async function saying(thread: Worker, isMeant: (message: FromWork) => boolean): Promise<FromWork> {
  for (;;) {
    const [message] = (await once(thread, 'message')) as [FromWork]
    if (isMeant(message)) return message
  }
}
