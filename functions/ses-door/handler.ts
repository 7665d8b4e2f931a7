/** Mail that SES took in becomes arrivals: the queue that SES announces objects at the door to, through Lambda. */
import { openDeployedEngine } from '../../shared/engines/aws/deployed.ts'
import { parseSesReceipt } from '../../shared/engines/aws/ses-receipt.ts'
import { takeDoorMessage } from '../../shared/flows/arrivals/take-door-message.ts'
import { setLogLevel } from '../../shared/log.ts'
import { openStore } from '../../shared/store/store.ts'
import { functionMetrics } from '../../shared/transport/function-metrics.ts'
import { handleBatch, type SqsBatchResponse, type SqsEvent } from '../../shared/transport/lambda-batch.ts'

const { engine, settings } = openDeployedEngine(process.env)
setLogLevel(settings.log)
const store = openStore(engine)
const report = functionMetrics('ses-door', engine.counters)

export function handler(event: SqsEvent): Promise<SqsBatchResponse> {
  return handleBatch(event, {
    queue: engine.doorQueue,
    work: async (body) => {
      const notice = parseSesReceipt(body)
      if (notice !== undefined) await takeDoorMessage(store, engine.door, notice, settings)
      return undefined
    },
    report,
  })
}
