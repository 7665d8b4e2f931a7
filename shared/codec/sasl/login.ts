import { ParseError } from '../parse-error.ts'
import type { Exchange, PlainCredentials } from './mechanism.ts'
import { decodeText } from './text.ts'

/** LOGIN, never standardised (draft-murchison-sasl-login): Outlook and many devices know nothing else. Clients look for these prompts. */
export function login(): Exchange<PlainCredentials> {
  let authenticationId: string | undefined
  return {
    step(response) {
      if (response === undefined) return { challenge: Buffer.from('Username:') }
      const text = decodeText(response)
      if (text === '') throw new ParseError('LOGIN needs a name and a password')
      if (authenticationId !== undefined) {
        return { outcome: { authenticationId, authorizationId: '', password: text } }
      }
      authenticationId = text
      return { challenge: Buffer.from('Password:') }
    },
  }
}
