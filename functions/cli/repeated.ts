import { mayBeRepeated } from './client.ts'

const TRIES = 6
const FIRST_PAUSE_MS = 500

/** A call that may be sent twice, tried again later where the server, or the way to it, has no time. */
export async function repeated<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call()
    } catch (error) {
      if (attempt === TRIES || !mayBeRepeated(error)) throw error
      await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** (attempt - 1)))
    }
  }
}
