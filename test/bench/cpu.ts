import { readdir, readFile } from 'node:fs/promises'

/** Milliseconds of CPU that the processes have had, all threads together; what has ended meanwhile is not counted. */
export async function cpuMsOf(pids: readonly number[]): Promise<number> {
  let nanoseconds = 0
  for (const pid of pids) {
    for (const thread of await orNothing(readdir(`/proc/${pid}/task`), [])) {
      const stat = await orNothing(readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8'), '0')
      nanoseconds += Number(stat.split(' ')[0])
    }
  }
  return nanoseconds / 1e6
}

async function orNothing<T>(reading: Promise<T>, nothing: T): Promise<T> {
  try {
    return await reading
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH') return nothing
    throw error
  }
}
