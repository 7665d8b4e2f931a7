/** The AWS engine on an emulator of its own, behind a wire proxy: one for each test file. */
import { type AwsEngine, type AwsEngineSettings, openAwsEngine } from '../../../shared/engines/aws/engine.ts'
import type { QueueName } from '../../../shared/ports/queue.ts'
import { type Emulator, startEmulator } from '../../aws/ministack.ts'
import { makeResources, type Resources } from '../../aws/resources.ts'
import { startWireProxy, type WireProxy } from '../../aws/wire-proxy.ts'

export interface AwsWorld {
  emulator: Emulator
  proxy: WireProxy
  /** Named by the emulator's own endpoint. */
  resources: Resources
  /** Opens an engine through the proxy; `stop` closes it. */
  open(settings?: Partial<AwsEngineSettings>): AwsEngine
  stop(): Promise<void>
}

export async function startAwsWorld(
  options: { maxAttempts?: Partial<Record<QueueName, number>> } = {},
): Promise<AwsWorld> {
  const emulator = await startEmulator()
  const resources = await makeResources(emulator, options)
  const proxy = await startWireProxy(emulator.endpoint)
  const engines: AwsEngine[] = []
  return {
    emulator,
    proxy,
    resources,
    open(settings = {}) {
      const engine = openAwsEngine({ ...resources, endpoint: proxy.endpoint, attempts: 4, ...settings })
      engines.push(engine)
      return engine
    },
    async stop() {
      proxy.fault = () => undefined
      for (const engine of engines) await engine.close()
      await proxy.stop()
      await emulator.stop()
    },
  }
}
