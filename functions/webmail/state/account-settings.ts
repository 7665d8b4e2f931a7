import { signal } from '@preact/signals'
import { getRecords, setRecords } from './records.ts'
import { hasCapability } from './session.ts'

/** What the account keeps for all its clients. */
export interface AccountSettings {
  displayName: string | null
  undoSendSeconds: number
  loadRemoteImages: boolean
  defaultIdentityId: string | null
}

export const ACCOUNT = 'https://tubepost.dev/jmap/account'

export const accountSettings = signal<AccountSettings>({
  displayName: null,
  undoSendSeconds: 5,
  loadRemoteImages: false,
  defaultIdentityId: null,
})

export async function loadAccountSettings(): Promise<void> {
  if (!hasCapability(ACCOUNT)) return
  const [found] = await getRecords<AccountSettings>('AccountSettings')
  if (found) accountSettings.value = found
}

/** Shows at once; throws where the server refuses, with what was before. */
export async function changeAccountSettings(change: Partial<AccountSettings>): Promise<void> {
  const before = accountSettings.value
  accountSettings.value = { ...before, ...change }
  try {
    const { list } = await setRecords<AccountSettings>('AccountSettings', { update: { singleton: change } })
    if (list[0]) accountSettings.value = list[0]
  } catch (error) {
    accountSettings.value = before
    throw error
  }
}
