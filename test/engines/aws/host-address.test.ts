import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { CreateHostedZoneCommand, ListResourceRecordSetsCommand, Route53Client } from '@aws-sdk/client-route-53'
import { writeHostAddress } from '../../../shared/engines/aws/host-address.ts'
import { systemClock } from '../../../shared/engines/common/clock.ts'
import { type Emulator, skipWithoutEmulator, startEmulator } from '../../aws/ministack.ts'

describe('the A record of a task without a load balancer', { skip: skipWithoutEmulator }, () => {
  let emulator: Emulator
  let route53: Route53Client
  let zoneId: string
  let echo: Server
  let whoAmI: string
  let answers: [status: number, body: string][]
  const clock = { ...systemClock, sleep: async () => undefined }

  before(async () => {
    emulator = await startEmulator()
    const { endpoint, region, credentials } = emulator
    process.env['AWS_ENDPOINT_URL'] = endpoint
    process.env['AWS_ACCESS_KEY_ID'] = credentials.accessKeyId
    process.env['AWS_SECRET_ACCESS_KEY'] = credentials.secretAccessKey
    route53 = new Route53Client({ endpoint, region, credentials })
    const made = await route53.send(new CreateHostedZoneCommand({ Name: 'example.com', CallerReference: 'test' }))
    zoneId = made.HostedZone!.Id!.replace('/hostedzone/', '')
    echo = createServer((_, response) => {
      const [status, body] = answers.shift() ?? [500, '']
      response.writeHead(status).end(body)
    })
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve))
    whoAmI = `http://127.0.0.1:${(echo.address() as AddressInfo).port}/`
  })
  after(async () => {
    route53.destroy()
    echo.close()
    await emulator.stop()
  })

  async function record() {
    const { ResourceRecordSets = [] } = await route53.send(new ListResourceRecordSetsCommand({ HostedZoneId: zoneId }))
    return ResourceRecordSets.filter(({ Type }) => Type === 'A').map(({ Name, TTL, ResourceRecords }) => [
      Name,
      TTL,
      ResourceRecords?.map(({ Value }) => Value),
    ])
  }

  test('is what the task is seen under, and is replaced by that of its successor', async () => {
    for (const address of ['192.0.2.7', '192.0.2.8']) {
      answers = [
        [503, 'later'],
        [200, 'no address'],
        [200, `${address}\n`],
      ]
      const written = await writeHostAddress({ hostName: 'mail.example.com', zoneId, clock, whoAmI })
      assert.equal(written, address)
      assert.deepEqual(await record(), [['mail.example.com.', 60, [address]]])
    }
  })

  test('where nobody says the address the task does not start', async () => {
    answers = []
    await assert.rejects(
      writeHostAddress({ hostName: 'mail.example.com', zoneId, clock, whoAmI, attempts: 2 }),
      /no address/,
    )
  })
})
