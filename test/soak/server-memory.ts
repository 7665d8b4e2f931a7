import { readFile } from 'node:fs/promises'

export interface Memory {
  /** Octets that are in use once garbage is collected: the main thread's heap and what hangs on it. */
  live: number
  /** Octets of the whole process, by proportional share. */
  resident: number
}

const REPORT_MS = 60_000

/** Asks the server (report-memory.ts) for what it holds. Throws where it does not answer within a minute. */
export async function memoryOf(pid: number, report: string): Promise<Memory> {
  const before = (await readReport(report))?.number ?? 0
  process.kill(pid, 'SIGUSR2')
  const end = performance.now() + REPORT_MS
  for (;;) {
    const said = await readReport(report)
    if (said !== undefined && said.number > before) return { live: said.live, resident: await residentOctets(pid) }
    if (performance.now() > end) throw new Error('the server does not say what it holds')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function readReport(file: string): Promise<{ number: number; live: number } | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function residentOctets(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8')
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)![1]) * 1024
}
