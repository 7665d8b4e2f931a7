/** Arrivals become messages in mailboxes: the queue that S3 announces new objects to, through Lambda. */
import { openDeployedEngine } from '../../shared/engines/aws/deployed.ts'
import { indexMessage } from '../../shared/flows/index-message.ts'
import { setLogLevel } from '../../shared/log.ts'
import { openStore } from '../../shared/store/store.ts'
import { announcedNames } from '../../shared/transport/announced-names.ts'
import { handleBatch, type SqsBatchResponse, type SqsEvent } from '../../shared/transport/lambda-batch.ts'

const { engine, settings } = openDeployedEngine(process.env)
setLogLevel(settings.log)
const store = openStore(engine)
/** An arrival whose transaction is not complete is looked at again so often. */
const INCOMPLETE_RETRY_SECONDS = 30

export function handler(event: SqsEvent): Promise<SqsBatchResponse> {
  return handleBatch(event, engine.queues.arrivals, async (body) => {
    const outcomes = await Promise.all(announcedNames(body).map((name) => indexMessage(store, name, settings.limits)))
    return outcomes.includes('wait') ? { delaySeconds: INCOMPLETE_RETRY_SECONDS } : undefined
  })
}
