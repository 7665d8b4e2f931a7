import { readFile, rm } from 'node:fs/promises'

export interface Memory {
  /** Octets that are in use once garbage is collected: the main thread's heap and what hangs on it. */
  live: number
  /** Octets of the whole process with its share of what it has in common with others (PSS). */
  resident: number
}

const REPORT_MS = 60_000

/** The environment of a server that can be asked by `memoryOf`; `report` is a file of its own. */
export function reporting(report: string): Record<string, string> {
  return {
    TUBEPOST_TEST_MEMORY: report,
    NODE_OPTIONS: `--expose-gc --import=${new URL('report-memory.ts', import.meta.url)}`,
  }
}

/** Asks the server (report-memory.ts) for what it holds. Throws where it does not answer within a minute. */
export async function memoryOf(pid: number, report: string): Promise<Memory> {
  await rm(report, { force: true })
  process.kill(pid, 'SIGUSR2')
  const end = performance.now() + REPORT_MS
  for (;;) {
    const said = await readReport(report)
    if (said !== undefined) return { live: said.live, resident: await residentOctets(pid) }
    if (performance.now() > end) throw new Error('the server does not say what it holds')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function readReport(file: string): Promise<{ live: number } | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Octets of any process: what it has for itself and its share of the rest (PSS). */
export async function residentOctets(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8')
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024
}
