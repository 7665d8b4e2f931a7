import { log } from '../../shared/log.ts'

/**
 * A thread has died of a fault of ours: says so and ends the process at once, as a crash does, so that whoever started it starts it again. What
 * was acknowledged is on the disk.
 */
export function endProcess(thread: 'work' | 'writer', error: Error): never {
  log.error('thread-died', { thread, error })
  process.exit(1)
}
