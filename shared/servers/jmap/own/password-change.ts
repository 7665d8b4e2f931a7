import { MailError } from '../../../mailbox/errors.ts'
import { verifyPassword } from '../../../store/passwords.ts'
import { readArguments, text } from '../arguments.ts'
import { type Call, invalidArguments } from '../method.ts'
import { MAX_PASSWORD, MIN_PASSWORD } from './own-capabilities.ts'

const LONGEST_WAIT_MS = 60_000

/**
 * Password/change of this house: `oldPassword`, `newPassword`. All sessions end with it, this one too; app passwords stay. Guessing the old one is
 * slowed down as any sign-in is. Throws MailError 'bad-credentials', which is `forbidden`,
 * where the old one is wrong, and 'too-many-logins'.
 */
export async function passwordChange(call: Call, given: Record<string, unknown>) {
  const { oldPassword, newPassword } = readArguments(given, { oldPassword: text, newPassword: text })
  if (newPassword.length < MIN_PASSWORD || newPassword.length > MAX_PASSWORD || !newPassword.isWellFormed()) {
    throw invalidArguments(`A password has ${MIN_PASSWORD} to ${MAX_PASSWORD} characters.`, 'newPassword')
  }
  const { store, tenant, account, limits } = call
  // Counted by account alone: whoever has a session may come from anywhere, and must not shut anybody else out.
  const name = `password of ${account.id}`
  const who = { remoteAddress: name, name, signal: () => AbortSignal.timeout(LONGEST_WAIT_MS) }
  await store.loginThrottle.attempt(who, limits, async () => {
    const standing = await tenant.accounts.get(account.id)
    // An app password is no password to change passwords with.
    const isRight = standing !== undefined && (await verifyPassword(oldPassword, standing.credentials))
    if (!isRight) throw new MailError('bad-credentials', account.id)
  })
  await tenant.accounts.change(account.id, { password: newPassword })
  return {}
}
