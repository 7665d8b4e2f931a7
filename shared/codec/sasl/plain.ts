import { ParseError } from '../parse-error.ts'
import type { Exchange, PlainCredentials } from './mechanism.ts'
import { decodeText } from './text.ts'

/** PLAIN (RFC 4616): `[authzid] NUL authcid NUL passwd` in one message. */
export function plain(): Exchange<PlainCredentials> {
  return {
    step(response) {
      if (response === undefined) return { challenge: new Uint8Array(0) }
      const first = response.indexOf(0)
      const second = first < 0 ? -1 : response.indexOf(0, first + 1)
      if (second < 0) throw new ParseError('PLAIN needs two NULs')
      const authorizationId = decodeText(response.subarray(0, first))
      const authenticationId = decodeText(response.subarray(first + 1, second))
      const password = decodeText(response.subarray(second + 1))
      if (authenticationId === '' || password === '') throw new ParseError('PLAIN needs a name and a password')
      return { outcome: { authenticationId, authorizationId, password } }
    },
  }
}
