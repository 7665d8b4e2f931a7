/** Queues over the wire: nothing sent is lost where answers are, and S3's announcements are given by name. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { announcementOf } from '../../../shared/engines/aws/announcement.ts'
import type { AwsEngine } from '../../../shared/engines/aws/engine.ts'
import { skipWithoutEmulator } from '../../aws/ministack.ts'
import { type Fault, jsonError } from '../../aws/wire-proxy.ts'
import { type AwsWorld, startAwsWorld } from './world.ts'

describe('announcements of S3', () => {
  const record = (key: string) => ({ s3: { object: { key } } })
  const rows: [name: string, body: string, expected: string | undefined][] = [
    ['one record', JSON.stringify({ Records: [record('raw/demo/a')] }), '{"name":"raw/demo/a"}'],
    ['a name as in a URL', JSON.stringify({ Records: [record('raw/demo/a+b%2Bc%2F')] }), '{"name":"raw/demo/a b+c/"}'],
    ['the test event', JSON.stringify({ Service: 'Amazon S3', Event: 's3:TestEvent' }), undefined],
    ['one in our own form', '{"name":"raw/demo/a"}', '{"name":"raw/demo/a"}'],
    ['no JSON', '{', '{'],
    ['nothing', 'null', 'null'],
    ['records of something else', '{"Records":[{"Sns":{}}]}', '{"Records":[{"Sns":{}}]}'],
  ]
  for (const [name, body, expected] of rows) it(name, () => assert.equal(announcementOf(body), expected))
})

describe('queues on SQS', { skip: skipWithoutEmulator }, () => {
  let world: AwsWorld
  let engine: AwsEngine

  before(async () => {
    world = await startAwsWorld()
    engine = world.open()
  })
  after(() => world.stop())
  beforeEach(() => {
    world.proxy.fault = () => undefined
  })

  function faultOn(operation: string, fault: Fault): void {
    let met = 0
    world.proxy.fault = (wire) => (wire.operation === operation && met++ === 0 ? fault : undefined)
  }

  const faults: [string, Fault][] = [
    ['the request is dropped', { kind: 'drop-request' }],
    ['the answer is dropped', { kind: 'drop-answer' }],
    ['a throttle', jsonError('ThrottlingException')],
    ['a 500', jsonError('InternalError', {}, 500)],
  ]
  for (const [what, fault] of faults) {
    it(`send, receive and delete: ${what}`, async () => {
      const { jobs } = engine.queues
      faultOn('SQS.SendMessage', fault)
      await jobs.send(what)
      faultOn('SQS.ReceiveMessage', fault)
      const bodies = new Set<string>()
      // What a lost answer had received comes back after its time; what was sent twice comes twice.
      const deadline = Date.now() + 20_000
      while (Date.now() < deadline) {
        const messages = await jobs.receive({ max: 10, visibilitySeconds: 1, waitSeconds: 1 })
        for (const { body, receipt } of messages) {
          bodies.add(body)
          faultOn('SQS.DeleteMessage', fault)
          await jobs.delete(receipt)
        }
        const { waiting, inFlight } = await jobs.depth()
        if (waiting + inFlight === 0) break
      }
      assert.deepEqual([...bodies], [what])
    })
  }

  it('a receipt that is void is no error', async () => {
    const { jobs } = engine.queues
    await jobs.send('once')
    const [message] = await jobs.receive({ max: 1, visibilitySeconds: 30, waitSeconds: 5 })
    await jobs.delete(message!.receipt)
    await jobs.delete(message!.receipt)
    await jobs.retry(message!.receipt, 5)
    await jobs.delete('no receipt at all')
  })

  it('a queue this process was not given says so', async () => {
    const { endpoint: _, ...resources } = world.resources
    const without = world.open({ ...resources, queues: {} })
    await assert.rejects(without.queues.jobs.send('x'), /no queue jobs/)
  })
})
