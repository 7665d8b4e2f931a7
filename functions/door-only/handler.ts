/** All queued work of a deployment without tasks, from its one queue, through Lambda. */
import { openDeployedEngine } from '../../shared/engines/aws/deployed.ts'
import { openSes } from '../../shared/engines/aws/ses.ts'
import { parseSesReceipt } from '../../shared/engines/aws/ses-receipt.ts'
import { parseSesReport } from '../../shared/engines/aws/ses-report.ts'
import { indexAnnounced } from '../../shared/flows/arrivals/index-announced.ts'
import { takeDoorMessage } from '../../shared/flows/arrivals/take-door-message.ts'
import { sendAnnounced } from '../../shared/flows/outgoing/send-announced.ts'
import { takeReport } from '../../shared/flows/outgoing/take-report.ts'
import { runJob } from '../../shared/flows/upkeep/run-job.ts'
import { openWebhookSender } from '../../shared/flows/webhooks/deliver-webhook.ts'
import { setLogLevel } from '../../shared/log.ts'
import { openStore } from '../../shared/store/store.ts'
import { announcedNames } from '../../shared/transport/announced-names.ts'
import { functionMetrics } from '../../shared/transport/function-metrics.ts'
import { guardedPost } from '../../shared/transport/guarded-post.ts'
import {
  type BatchWork,
  handleBatch,
  type SqsBatchResponse,
  type SqsEvent,
} from '../../shared/transport/lambda-batch.ts'
import { type WorkKind, workKind } from './work-kind.ts'

const { engine, settings } = openDeployedEngine(process.env, { ses: openSes })
setLogLevel(settings.log)
const store = openStore(engine)
const webhooks = openWebhookSender(guardedPost({ dns: engine.dns, loopback: false }), settings.limits)
const report = functionMetrics('door-only', engine.counters)

const WORK: Readonly<Record<WorkKind, BatchWork>> = {
  arrivals: (body) => indexAnnounced(store, announcedNames(body), settings.limits),
  outgoing: (body) => sendAnnounced(store, announcedNames(body), settings),
  jobs: async (body) => {
    await runJob(store, body, { webhooks, ...settings.limits })
    return undefined
  },
  door: async (body) => {
    const notice = parseSesReceipt(body)
    if (notice !== undefined) await takeDoorMessage(store, engine.door, notice, settings)
    return undefined
  },
  feedback: async (body) => {
    const report = parseSesReport(body)
    if (report === undefined) return undefined
    const outcome = await takeReport(store, report, settings)
    return outcome.kind === 'retry' ? outcome : undefined
  },
}

export function handler(event: SqsEvent): Promise<SqsBatchResponse> {
  return handleBatch(event, { queue: engine.queues.arrivals, work: (body) => WORK[workKind(body)](body), report })
}
