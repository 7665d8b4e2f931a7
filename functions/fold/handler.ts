/** The `jobs` queue through Lambda: journals become snapshots, removed mailboxes are emptied. */
import { openDeployedEngine } from '../../shared/engines/aws/deployed.ts'
import { openSes } from '../../shared/engines/aws/ses.ts'
import { runJob } from '../../shared/flows/upkeep/run-job.ts'
import { openWebhookSender } from '../../shared/flows/webhooks/deliver-webhook.ts'
import { setLogLevel } from '../../shared/log.ts'
import { openStore } from '../../shared/store/store.ts'
import { functionMetrics } from '../../shared/transport/function-metrics.ts'
import { guardedPost } from '../../shared/transport/guarded-post.ts'
import { handleBatch, type SqsBatchResponse, type SqsEvent } from '../../shared/transport/lambda-batch.ts'

const { engine, settings } = openDeployedEngine(process.env, { ses: openSes })
setLogLevel(settings.log)
const store = openStore(engine)
const webhooks = openWebhookSender(guardedPost({ dns: engine.dns, loopback: false }), settings.limits)
const report = functionMetrics('fold', engine.counters)

export function handler(event: SqsEvent): Promise<SqsBatchResponse> {
  return handleBatch(event, {
    queue: engine.queues.jobs,
    work: async (body) => {
      await runJob(store, body, { webhooks, ...settings.limits })
      return undefined
    },
    report,
  })
}
