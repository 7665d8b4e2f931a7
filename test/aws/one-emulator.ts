/** `--test-global-setup` of `npm run test:aws`: one emulator for all files, each of which names its own resources. */
import { type Emulator, SHARED_ENDPOINT, startEmulator } from './ministack.ts'

let emulator: Emulator | undefined

export async function globalSetup(): Promise<void> {
  emulator = await startEmulator()
  process.env[SHARED_ENDPOINT] = emulator.endpoint // test processes inherit it
}

export async function globalTeardown(): Promise<void> {
  await emulator?.stop()
}
