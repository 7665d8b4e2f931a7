/** System calls out of what `strace -f -xx` writes: calls that another thread's interrupted are put together again. */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

export interface SystemCall {
  thread: string
  name: string
  args: string
  result: number
}

export type TraceEvent = { begun: SystemCall } | { ended: SystemCall }

const UNFINISHED = ' <unfinished ...>'

/** Each call begins and ends, in the order in which the kernel saw it. */
export async function* traceEvents(path: string): AsyncGenerator<TraceEvent> {
  const interrupted = new Map<string, string>()
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    const space = line.indexOf(' ')
    const thread = line.slice(0, space)
    const text = line.slice(space).trimStart()
    if (text.endsWith(UNFINISHED)) {
      const begin = text.slice(0, -UNFINISHED.length)
      interrupted.set(thread, begin)
      yield { begun: { thread, ...split(begin), result: 0 } }
    } else if (text.startsWith('<... ')) {
      const begin = interrupted.get(thread)
      const resumed = text.indexOf(' resumed>')
      if (begin === undefined || resumed < 0) throw new Error(`no beginning of: ${text.slice(0, 200)}`)
      interrupted.delete(thread)
      const call = parse(thread, begin + text.slice(resumed + ' resumed>'.length))
      if (call) yield { ended: call }
    } else {
      const call = parse(thread, text)
      if (call) {
        yield { begun: call }
        yield { ended: call }
      }
    }
  }
}

function split(text: string): { name: string; args: string } {
  const open = text.indexOf('(')
  return { name: text.slice(0, open), args: text.slice(open + 1) }
}

/** Undefined for signals and exits, and for calls that failed. */
function parse(thread: string, text: string): SystemCall | undefined {
  const equals = text.lastIndexOf(' = ')
  const close = text.lastIndexOf(')', equals)
  if (equals < 0 || close < 0 || text.indexOf('(') > close) return undefined
  const result = Number.parseInt(text.slice(equals + 3), 10)
  if (!(result >= 0)) return undefined
  return { thread, ...split(text.slice(0, close)), result }
}

/** The strings among the arguments, as octets. */
export function strings(args: string): Buffer[] {
  const found: Buffer[] = []
  for (let from = args.indexOf('"'); from >= 0; ) {
    const to = args.indexOf('"', from + 1)
    if (args.startsWith('...', to + 1)) throw new Error('strace cut a string short')
    found.push(Buffer.from(args.slice(from + 1, to).replaceAll('\\x', ''), 'hex'))
    from = args.indexOf('"', to + 1)
  }
  return found
}

export function firstNumber(args: string): number {
  return Number.parseInt(args, 10)
}

export function lastNumber(args: string): number {
  return Number(args.slice(args.lastIndexOf(',') + 1))
}
