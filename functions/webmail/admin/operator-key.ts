/** An operator's key, kept for as long as the tab is open. */
import { signal } from '@preact/signals'

const NAME = 'tubepost-operator-key'

export const operatorKey = signal(sessionStorage.getItem(NAME) ?? '')
/** It was tried, and opened nothing. */
export const keyRefused = signal(false)

export function keepOperatorKey(key: string): void {
  sessionStorage.setItem(NAME, key)
  keyRefused.value = false
  operatorKey.value = key
}

export function forgetOperatorKey(refused = false): void {
  sessionStorage.removeItem(NAME)
  keyRefused.value = refused
  operatorKey.value = ''
}
