import { Failure, refusal } from './failure.ts'
import { postJson } from './http.ts'
import type { Session } from './types.ts'

type Invocation = [name: string, args: Record<string, unknown>, callId: string]

/** A call whose result comes with `send` of its batch. */
export interface Call<T> {
  /** A part of the result, for the arguments of later calls (RFC 8620 §3.7). */
  ref(path: string): { resultOf: string; name: string; path: string }
  /** Throws `Failure` where the method failed. */
  result(): T
}

/** Several method calls that make one round trip (RFC 8620 §3.3). */
export class Batch {
  readonly #session: Session
  readonly #calls: Invocation[] = []
  readonly #answers = new Map<string, Invocation>()

  constructor(session: Session) {
    this.#session = session
  }

  call<T>(name: string, args: Record<string, unknown>): Call<T> {
    const callId = String(this.#calls.length)
    this.#calls.push([name, args, callId])
    return {
      ref: (path) => ({ resultOf: callId, name, path }),
      result: () => {
        const answer = this.#answers.get(callId)
        if (answer === undefined) throw new Failure('broken', 'The server’s answer is not complete.')
        if (answer[0] === 'error') throw refusal(answer[1] as { type: string; description?: string })
        return answer[1] as T
      },
    }
  }

  async send(): Promise<void> {
    const body = { using: Object.keys(this.#session.capabilities), methodCalls: this.#calls }
    const answer = await postJson<{ methodResponses?: Invocation[] }>(this.#session.apiUrl, body)
    for (const response of answer.methodResponses ?? []) {
      // A method may have an implicit second response, as EmailSubmission/set has (RFC 8621 §7.5): the first is its own.
      if (!this.#answers.has(response[2])) this.#answers.set(response[2], response)
    }
  }
}
