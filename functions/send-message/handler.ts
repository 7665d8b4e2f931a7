/** The outbox goes out: the queue that S3 announces new outbound messages to, through Lambda. */
import { openDeployedEngine } from '../../shared/engines/aws/deployed.ts'
import { sendMessage } from '../../shared/flows/send-message.ts'
import { setLogLevel } from '../../shared/log.ts'
import { openStore } from '../../shared/store/store.ts'
import { announcedNames } from '../../shared/transport/announced-names.ts'
import { handleBatch, type SqsBatchResponse, type SqsEvent } from '../../shared/transport/lambda-batch.ts'

const { engine, settings } = openDeployedEngine(process.env)
setLogLevel(settings.log)
const store = openStore(engine)

export function handler(event: SqsEvent): Promise<SqsBatchResponse> {
  return handleBatch(event, engine.queues.outgoing, async (body) => {
    const outcomes = await Promise.all(announcedNames(body).map((name) => sendMessage(store, name, settings)))
    const delays = outcomes.flatMap((outcome) => (outcome.kind === 'retry' ? [outcome.delaySeconds] : []))
    return delays.length > 0 ? { delaySeconds: Math.min(...delays) } : undefined
  })
}
