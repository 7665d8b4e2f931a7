/** The mail host's A record, written by a task that has no load balancer before it: its address is another after each start. */
import { isIPv4 } from 'node:net'
import { ChangeResourceRecordSetsCommand, Route53Client } from '@aws-sdk/client-route-53'
import type { Clock } from '../../ports/clock.ts'

export interface HostAddressOptions {
  hostName: string
  /** Of Route 53. */
  zoneId: string
  clock: Clock
  /** Default: that of AWS by which a client learns the address it is seen under. */
  whoAmI?: string
  attempts?: number
}

const WHO_AM_I = 'https://checkip.amazonaws.com/'
const ANSWER_MS = 5_000
const ATTEMPTS = 10
const PAUSE_MS = 1_000
/** As long as clients may look for a task that is gone. */
const TTL_SECONDS = 60

/**
 * Writes the record and gives the address. A task is not told its public address, so it asks how it is seen from outside. Repeatable. Throws
 * where after all attempts it is not written: nobody would find the task.
 */
export async function writeHostAddress(options: HostAddressOptions): Promise<string> {
  const { hostName, zoneId, clock, whoAmI = WHO_AM_I, attempts = ATTEMPTS } = options
  const address = await repeated(() => ownAddress(whoAmI), attempts, clock)
  const client = new Route53Client({ region: 'us-east-1' }) // one for the world, signed for here
  try {
    await client.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: zoneId,
        ChangeBatch: {
          Changes: [
            {
              Action: 'UPSERT',
              ResourceRecordSet: {
                Name: `${hostName}.`,
                Type: 'A',
                TTL: TTL_SECONDS,
                ResourceRecords: [{ Value: address }],
              },
            },
          ],
        },
      }),
    )
  } finally {
    client.destroy()
  }
  return address
}

async function ownAddress(whoAmI: string): Promise<string> {
  const answer = await fetch(whoAmI, { signal: AbortSignal.timeout(ANSWER_MS) })
  const address = (await answer.text()).trim()
  if (!answer.ok || !isIPv4(address)) throw new Error(`${whoAmI} answers ${answer.status} and no address`)
  return address
}

/** The network of a task may stand a little later than the task. */
async function repeated<T>(work: () => Promise<T>, attempts: number, clock: Clock): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (tries >= attempts) throw error
    }
    await clock.sleep(PAUSE_MS)
  }
}
