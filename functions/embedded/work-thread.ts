/** The thread that works on the queues and keeps the house in order, on an engine that has joined the process's own (work.ts). */
import { constants, setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { joinEmbeddedEngine } from '../../shared/engines/embedded/engine.ts'
import { keepInOrder } from '../../shared/flows/upkeep/upkeep.ts'
import { workQueue } from '../../shared/flows/upkeep/work-queue.ts'
import { openWebhookSender } from '../../shared/flows/webhooks/deliver-webhook.ts'
import { setLogLevel } from '../../shared/log.ts'
import { counted } from '../../shared/metrics.ts'
import { measuredEngine } from '../../shared/ports/measured-engine.ts'
import { openStore } from '../../shared/store/store.ts'
import { guardedPost } from '../../shared/transport/guarded-post.ts'
import { isLoopback } from '../../shared/transport/loopback.ts'
import { engineOptions } from './engine-options.ts'
import type { FromWork, ToWork, WorkOrder } from './work.ts'

/** Hands at each queue: enough that one message waiting on a disk or a smarthost does not hold up the others. */
const HANDS = { arrivals: 4, outgoing: 4, jobs: 4 } as const

const { settings, invitation, linkBase } = workerData as WorkOrder
const port = parentPort!

function tell(message: FromWork): void {
  port.postMessage(message)
}

// Whoever waits for a reply comes first where processors are short. Linux knows a thread's own priority; elsewhere it is the process's.
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
setLogLevel(settings.log)
const { host, hostName, limits, demo } = settings
const engine = await joinEmbeddedEngine(engineOptions(settings, linkBase), invitation)
const store = openStore(measuredEngine(engine), { demonstration: demo && isLoopback(host) })
const toLoopback = settings.webhooksToLoopback ?? isLoopback(host)
const webhooks = openWebhookSender(guardedPost({ dns: engine.dns, loopback: toLoopback }), limits)
const stopping = new AbortController()
const { signal } = stopping
const working = (Object.keys(HANDS) as (keyof typeof HANDS)[]).map((queue) =>
  workQueue(store, queue, { ...limits, hostName, webhooks }, { hands: HANDS[queue], signal }),
)
working.push(keepInOrder(store, limits, signal))

port.on('message', (message: ToWork) => {
  if (message !== 'stop') return tell({ counted: counted(), count: message.count })
  stopping.abort()
  Promise.all(working)
    .then(() => engine.close())
    .then(() => tell('stopped'))
})
tell('working')
