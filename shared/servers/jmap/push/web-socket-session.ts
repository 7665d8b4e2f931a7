import { MailError } from '../../../mailbox/errors.ts'
import type { Account } from '../../../store/accounts.ts'
import type { WebSocketConnection } from '../../web-socket-connection.ts'
import { isObject } from '../arguments.ts'
import { methodErrorOf } from '../mail-errors.ts'
import type { JmapServices } from '../method.ts'
import { answerRequest, RequestError, readRequestJson } from '../request.ts'
import { type StatePush, startStatePush } from './state-push.ts'

/** RFC 6455 §7.4.1 */
const POLICY_VIOLATION = 1008
const NORMAL_CLOSURE = 1000
/** How long what was known of who is signed in holds: a session that is ended elsewhere ends here so much later. */
const KNOWN_MS = 60_000

/** Who has the connection, as of now; undefined where they are not signed in any more. */
export type WhoIs = () => Promise<Account | undefined>

/**
 * JMAP over WebSocket (RFC 8887): each message is a request, answered before the next is read, so that a client that does not read what it asked for is
 * not asked on. Ends with the connection.
 */
export async function serveWebSocket(
  services: JmapServices,
  connection: WebSocketConnection,
  account: Account,
  whoIs: WhoIs,
): Promise<void> {
  const session = new WebSocketSession(services, connection, account, whoIs)
  try {
    for await (const message of connection.messages()) {
      if (!(await session.isSignedIn())) return connection.close(POLICY_VIOLATION, 'Signed out')
      const answer = await session.answer(message)
      if (answer !== undefined) await connection.send(JSON.stringify(answer))
    }
    connection.close(NORMAL_CLOSURE, '')
  } finally {
    session.end()
  }
}

class WebSocketSession {
  readonly #services: JmapServices
  readonly #connection: WebSocketConnection
  readonly #whoIs: WhoIs
  #account: Account
  #knownAt: number
  #push: StatePush | undefined

  constructor(services: JmapServices, connection: WebSocketConnection, account: Account, whoIs: WhoIs) {
    this.#services = services
    this.#connection = connection
    this.#account = account
    this.#whoIs = whoIs
    this.#knownAt = this.#now()
  }

  async isSignedIn(): Promise<boolean> {
    if (this.#now() - this.#knownAt < KNOWN_MS) return true
    const account = await this.#whoIs()
    if (account?.id !== this.#account.id) return false
    this.#account = account
    this.#knownAt = this.#now()
    return true
  }

  /** Undefined where nothing is to be said (RFC 8887 §4.3.5.3). */
  async answer(text: string): Promise<Record<string, unknown> | undefined> {
    let requestId: string | undefined
    try {
      const message = parse(text)
      if (typeof message['id'] === 'string') requestId = message['id']
      switch (message['@type']) {
        case 'Request':
          return this.#answered(await answerRequest(this.#services, this.#account, message), requestId)
        case 'WebSocketPushEnable':
          await this.#enablePush(message)
          return undefined
        case 'WebSocketPushDisable':
          this.end()
          return undefined
        default:
          throw new RequestError('notRequest', 'There is no such @type.')
      }
    } catch (error) {
      return requestError(error, requestId)
    }
  }

  end(): void {
    this.#push?.end()
    this.#push = undefined
  }

  #answered(response: object, requestId: string | undefined): Record<string, unknown> {
    return { '@type': 'Response', ...(requestId !== undefined && { requestId }), ...response }
  }

  /** RFC 8887 §4.3.5.2: `pushState` is what the client saw last. */
  async #enablePush({ dataTypes = null, pushState }: Record<string, unknown>): Promise<void> {
    const isList = Array.isArray(dataTypes) && dataTypes.every((type) => typeof type === 'string')
    if (dataTypes !== null && !isList) throw new RequestError('notRequest', '`dataTypes` is to be a list, or null.')
    this.end()
    this.#push = await startStatePush(
      this.#services,
      this.#account,
      { types: dataTypes as string[] | null, pushState: typeof pushState === 'string' ? pushState : undefined },
      async (change) => {
        if (await this.isSignedIn()) await this.#connection.send(JSON.stringify(change))
        else this.#connection.close(POLICY_VIOLATION, 'Signed out')
      },
    )
  }

  #now(): number {
    return this.#services.store.engine.clock.now()
  }
}

function parse(text: string): Record<string, unknown> {
  const message = readRequestJson(Buffer.from(text))
  if (!isObject(message)) throw new RequestError('notRequest', 'A message is an object.')
  return message
}

/** RFC 8887 §4.3.2; our own faults are told like this too, as a message has no status. */
function requestError(error: unknown, requestId: string | undefined): Record<string, unknown> {
  const about = { '@type': 'RequestError', requestId: requestId ?? null }
  if (error instanceof RequestError) return { ...about, ...error.toProblem() }
  if (error instanceof MailError) return { ...about, type: 'about:blank', status: 503, detail: 'Not now; try again.' }
  const { description } = methodErrorOf(error, 'WebSocket')
  return { ...about, type: 'about:blank', status: 500, detail: description }
}
