import { CORE } from './capabilities.ts'
import { echo } from './core-echo.ts'
import type { Method } from './method.ts'

/** Every method by its name. */
export const METHODS: Readonly<Record<string, Method>> = {
  // RFC 8620 §4
  'Core/echo': { capability: CORE, accountless: true, run: echo },
}
