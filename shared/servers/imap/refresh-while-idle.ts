import { log } from '../../log.ts'
import type { Replica } from '../../store/replica.ts'

interface Refreshing {
  sessions: number
  timer: NodeJS.Timeout
}

const REFRESHING = new WeakMap<Replica, Refreshing>()

/**
 * Reads the mailbox's newest record from time to time, and whether the mailbox is still there, as long as any session idles on the replica: once for all of them, who
 * hear of it as of any change. Returns what ends it for this session.
 */
export function refreshWhileIdle(replica: Replica, everyMs: number): () => void {
  const known = REFRESHING.get(replica)
  const refreshing = known ?? { sessions: 0, timer: setInterval(() => void refresh(replica), everyMs).unref() }
  if (known === undefined) REFRESHING.set(replica, refreshing)
  refreshing.sessions += 1
  let idles = true
  return () => {
    if (!idles) return
    idles = false
    refreshing.sessions -= 1
    if (refreshing.sessions > 0) return
    clearInterval(refreshing.timer)
    REFRESHING.delete(replica)
  }
}

async function refresh(replica: Replica): Promise<void> {
  try {
    await replica.refresh()
    await replica.verify()
  } catch (error) {
    // The next time will do; a client that cannot wait asks with NOOP, and is answered.
    log.warn('idle-refresh-failed', { mailbox: replica.mailbox, error: error as Error })
  }
}
