/** What SES reports of mail it was given becomes state, and for people a notification: the feedback queue, through Lambda. */
import { openDeployedEngine } from '../../shared/engines/aws/deployed.ts'
import { parseSesReport } from '../../shared/engines/aws/ses-report.ts'
import { takeReport } from '../../shared/flows/outgoing/take-report.ts'
import { setLogLevel } from '../../shared/log.ts'
import { openStore } from '../../shared/store/store.ts'
import { functionMetrics } from '../../shared/transport/function-metrics.ts'
import { handleBatch, type SqsBatchResponse, type SqsEvent } from '../../shared/transport/lambda-batch.ts'

const { engine, settings } = openDeployedEngine(process.env)
setLogLevel(settings.log)
const store = openStore(engine)
const report = functionMetrics('feedback', engine.counters)

export function handler(event: SqsEvent): Promise<SqsBatchResponse> {
  return handleBatch(event, {
    queue: engine.queues.feedback,
    work: async (body) => {
      const said = parseSesReport(body)
      if (said === undefined) return undefined
      const outcome = await takeReport(store, said, settings)
      return outcome.kind === 'retry' ? outcome : undefined
    },
    report,
  })
}
