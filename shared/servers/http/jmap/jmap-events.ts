import { log } from '../../../log.ts'
import type { JmapServices } from '../../jmap/method.ts'
import { PUSH_TYPES } from '../../jmap/push/push-types.ts'
import { type StateChange, startStatePush } from '../../jmap/push/state-push.ts'
import type { Api } from '../api.ts'
import { ApiError } from '../api-error.ts'
import { atOnce } from '../at-once.ts'
import type { HttpServices } from '../services.ts'
import { whoIsSignedIn } from '../signed-in.ts'

/** Between two pings, in seconds: proxies close what is silent for longer, and batteries do not like it shorter (RFC 8620 §7.3). */
const SHORTEST_PING = 5
const LONGEST_PING = 300
/** How often it is looked whether the client is still signed in, and whether the process goes on. */
const SIGNED_IN_MS = 60_000
const DRAINING_MS = 1000
/** Of events that a client has not read: beyond, it is closed, and comes again. */
const MOST_WAITING = 16

/** Push by EventSource (RFC 8620 §7.3). */
export function jmapEvents(api: Api, http: HttpServices, services: JmapServices): void {
  const connections = atOnce(http.limits.jmapPushConnections)

  api.get('/jmap/eventsource', async (c) => {
    const { account } = await whoIsSignedIn(c, http)
    if (c.env.buffered) throw new ApiError(503, 'application_error', 'Nothing can be waited for on this way to us.')
    const { types = '*', closeafter = 'no', ping = '0' } = c.req.query()
    const seconds = Number(ping)
    if (!['no', 'state'].includes(closeafter) || !(seconds >= 0)) {
      throw new ApiError(400, 'validation_error', '`closeafter` is `no` or `state`, `ping` a number of seconds.')
    }
    const leave = connections.enter(account.id)
    if (leave === undefined) throw new ApiError(429, 'rate_limit_exceeded', 'Too many connections of this account.')
    const stillSignedIn = async () => {
      try {
        return (await whoIsSignedIn(c, http)).account.id === account.id
      } catch (error) {
        if (!(error instanceof ApiError)) log.warn('push-not-verified', { error: error as Error })
        return false
      }
    }
    const events = new EventStream({ pingSeconds: pingOf(seconds), isReady: http.isReady, stillSignedIn, ended: leave })
    c.req.raw.signal.addEventListener('abort', () => events.end())
    const wanted = types === '*' ? null : types.split(',').filter((type) => Object.hasOwn(PUSH_TYPES, type))
    const seen = c.req.header('last-event-id')
    try {
      const push = await startStatePush(services, account, { types: wanted, pushState: seen }, async (change) => {
        events.send(change)
        if (closeafter === 'state') events.end()
      })
      events.onEnd(() => push.end())
    } catch (error) {
      events.end()
      throw error
    }
    return new Response(events.body, {
      headers: {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        // Proxies that gather what they pass on would hold it back.
        'x-accel-buffering': 'no',
      },
    })
  })
}

/** 0: none. */
function pingOf(seconds: number): number {
  return seconds === 0 ? 0 : Math.min(LONGEST_PING, Math.max(SHORTEST_PING, seconds))
}

interface EventStreamOptions {
  pingSeconds: number
  isReady(): boolean
  stillSignedIn(): Promise<boolean>
  ended(): void
}

/** Server-sent events to one client, until it goes, is signed out, or the process drains. */
class EventStream {
  readonly body: ReadableStream<Uint8Array>
  #controller!: ReadableStreamDefaultController<Uint8Array>
  #ended = false
  readonly #timers: NodeJS.Timeout[] = []
  readonly #cleanUps: (() => void)[] = []

  constructor({ pingSeconds, isReady, stillSignedIn, ended }: EventStreamOptions) {
    this.#cleanUps.push(ended)
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        cancel: () => this.end(),
      },
      { highWaterMark: MOST_WAITING },
    )
    // Headers go out with the first octets; a comment is nothing to anybody.
    // Without an empty line, which the crate jmap-client takes for an event.
    this.#write(':\n')
    if (pingSeconds > 0) {
      const ping = `event: ping\ndata: ${JSON.stringify({ interval: pingSeconds })}\n\n`
      this.#every(pingSeconds * 1000, () => this.#write(ping))
    }
    this.#every(DRAINING_MS, () => {
      if (!isReady()) this.end()
    })
    this.#every(SIGNED_IN_MS, async () => {
      if (!(await stillSignedIn())) this.end()
    })
  }

  send({ pushState, ...change }: StateChange): void {
    this.#write(`event: state\nid: ${pushState}\ndata: ${JSON.stringify(change)}\n\n`)
  }

  onEnd(cleanUp: () => void): void {
    if (this.#ended) cleanUp()
    else this.#cleanUps.push(cleanUp)
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    for (const timer of this.#timers) clearInterval(timer)
    for (const cleanUp of this.#cleanUps) cleanUp()
    try {
      this.#controller.close()
    } catch (error) {
      // Its reader has cancelled it already.
      if (!(error instanceof TypeError)) throw error
    }
  }

  #every(ms: number, work: () => void | Promise<void>): void {
    this.#timers.push(setInterval(() => void work(), ms).unref())
  }

  #write(text: string): void {
    if (this.#ended) return
    this.#controller.enqueue(Buffer.from(text))
    if ((this.#controller.desiredSize ?? 0) <= 0) this.end()
  }
}
