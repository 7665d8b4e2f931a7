import { StructureScanner } from '../../shared/codec/mime/structure.ts'
import { readLimits } from '../../shared/settings.ts'
import { contentOf } from './ingest.ts'
import { largeMessage } from './mail.ts'
import { type Benchmark, formatSpread, spreadOf } from './measure.ts'

const ROUNDS = 10
/** As octets come from a socket, and from the object store. */
const CHUNK_OCTETS = 64 * 1024
const BUDGET_MB = 1000

export const structureScan: Benchmark = {
  name: 'structure-scan',
  about:
    'MB of a message a second of CPU, one thread, in chunks of 64 KiB: 20 MiB in an attachment, and of lines of text',
  async run() {
    const { mimeLevels: levels, mimeParts: parts } = readLimits({})
    const messages = { 'an attachment': largeMessage(), 'lines of text': Buffer.from(contentOf(20 * 1024 * 1024)) }
    const rates = Object.entries(messages).map(([name, octets]) => {
      const scan = () => {
        const scanner = new StructureScanner({ levels, parts })
        for (let at = 0; at < octets.length; at += CHUNK_OCTETS) scanner.write(octets.subarray(at, at + CHUNK_OCTETS))
        scanner.end()
      }
      scan() // warm-up
      return { name, rates: Array.from({ length: ROUNDS }, () => octets.length / cpuMicroseconds(scan)) }
    })
    return rates.map(({ name, rates }) => {
      const spread = spreadOf(rates)
      const word = spread.max >= BUDGET_MB ? 'met' : 'missed'
      return `${name.padEnd(16)} ${formatSpread(spread, 'MB/s')}, budget ${BUDGET_MB} MB/s: ${word}`
    })
  },
}

function cpuMicroseconds(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return user + system
}
