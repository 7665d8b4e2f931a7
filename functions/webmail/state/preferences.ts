/** What a person likes on this device. */
import { effect, type Signal, signal } from '@preact/signals'

export type Theme = 'system' | 'light' | 'dark'

function kept<T extends string>(key: string, values: readonly T[], fallback: T): Signal<T> {
  const name = `tubepost-${key}`
  const found = localStorage.getItem(name) as T | null
  const value = signal<T>(found !== null && values.includes(found) ? found : fallback)
  effect(() => localStorage.setItem(name, value.value))
  return value
}

export const THEMES = ['system', 'light', 'dark'] as const
export const theme = kept<Theme>('theme', THEMES, 'system')

export const DENSITIES = ['comfortable', 'compact'] as const
export const density = kept<(typeof DENSITIES)[number]>('density', DENSITIES, 'comfortable')

/** Single keys as commands can be turned off (WCAG 2.1.4). */
export const SHORTCUTS = ['on', 'off'] as const
export const shortcutsOn = kept<(typeof SHORTCUTS)[number]>('shortcuts', SHORTCUTS, 'on')

const dark = matchMedia('(prefers-color-scheme: dark)')
const systemDark = signal(dark.matches)
dark.addEventListener('change', ({ matches }) => {
  systemDark.value = matches
})

export const isDark = () => theme.value === 'dark' || (theme.value === 'system' && systemDark.value)

effect(() => {
  document.documentElement.dataset['theme'] = isDark() ? 'dark' : 'light'
})
