/** The operator's remedy for a lost table: asked for, done in the background, never beside a reclaim, and seen to its end. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { reclaim } from '../../../../shared/flows/upkeep/reclaim.ts'
import type { ContentId } from '../../../../shared/mailbox/ids.ts'
import { arrive, DEMO, message, settleQueues } from '../../../house.ts'
import { type ApiHouse, OPERATOR_KEY, openApiHouse } from '../api-house.ts'

const MINUTE_MS = 60_000

describe('reindex', () => {
  let house: ApiHouse
  let content: ContentId
  before(async () => {
    house = await openApiHouse()
    content = (await arrive(house, [house.alice], message('kept'))) as ContentId
    await settleQueues(house)
  })
  after(() => house.close())
  const ask = (method: string, options = {}) =>
    house.call(method, '/tenants/demo/reindex', { key: OPERATOR_KEY, ...options })

  async function loseView() {
    await house.engine.table.write([{ delete: { pk: `t/demo/content/${content}`, sk: 'view' } }])
    assert.equal(await house.demo.views.find(content), undefined)
  }

  test('is asked for once, and says when it is done', async () => {
    assert.equal((await ask('GET')).status, 404)
    await loseView()
    const first = await ask('POST')
    assert.deepEqual([first.status, first.body.status], [202, 'waiting'])
    assert.deepEqual((await ask('POST')).body, first.body)
    assert.equal((await house.engine.queues.jobs.depth()).waiting, 1)
    await house.runJobs()
    const { body } = await ask('GET')
    assert.deepEqual([body.status, body.views, body.messages_found], ['completed', 1, 0])
    assert.ok(Date.parse(body.completed_at) >= Date.parse(body.requested_at))
    assert.ok(await house.demo.views.find(content))
    assert.equal((await ask('POST')).body.status, 'waiting', 'once it is done it can be asked for again')
    await house.runJobs()
  })

  test('waits for a reclaim, and a reclaim for it', async () => {
    const reclaiming = await house.store.upkeepLeases.take(DEMO, 'reclaim')
    await ask('POST')
    await house.runJobs()
    assert.equal((await ask('GET')).body.status, 'waiting')
    await reclaiming!.end()
    house.clock.advance(2 * MINUTE_MS)
    await house.runJobs()
    assert.equal((await ask('GET')).body.status, 'completed')

    const reindexing = await house.store.upkeepLeases.take(DEMO, 'reindex')
    await house.engine.table.write([{ put: { pk: 't/demo', sk: `ending/${content}` } }])
    assert.deepEqual(await reclaim(house.store, DEMO), { contents: 0, tokens: 0 })
    assert.ok(await house.engine.blobs.head(`raw/demo/${content}`), 'nothing is deleted meanwhile')
    await house.engine.table.write([{ delete: { pk: 't/demo', sk: `ending/${content}` } }])
    await reindexing!.end()
  })

  test('a lease that nobody ended is over after half an hour; its own kind need not wait', async () => {
    const { upkeepLeases } = house.store
    await upkeepLeases.take(DEMO, 'reclaim')
    assert.ok(await upkeepLeases.take(DEMO, 'reclaim'))
    assert.equal(await upkeepLeases.take(DEMO, 'reindex'), undefined)
    house.clock.advance(31 * MINUTE_MS)
    const late = await upkeepLeases.take(DEMO, 'reindex')
    assert.ok(late)
    house.clock.advance(16 * MINUTE_MS)
    await late.renew()
    house.clock.advance(16 * MINUTE_MS)
    assert.equal(await upkeepLeases.take(DEMO, 'reclaim'), undefined, 'it was renewed')
    await late.end()
    const lost = await upkeepLeases.take(DEMO, 'reindex')
    house.clock.advance(31 * MINUTE_MS)
    const next = await upkeepLeases.take(DEMO, 'reclaim')
    await assert.rejects(lost!.renew(), /lease of reindex is lost/)
    await next!.end()
  })

  test('what fails says so, and goes on where it was', async () => {
    await loseView()
    await ask('POST')
    const { blobs } = house.engine
    const get = blobs.get
    blobs.get = async () => {
      throw new Error('the bucket is away')
    }
    await assert.rejects(house.runJobs(), /the bucket is away/)
    blobs.get = get
    assert.equal((await ask('GET')).body.status, 'failed')
    house.clock.advance(2 * MINUTE_MS)
    await house.runJobs()
    assert.equal((await ask('GET')).body.status, 'completed')
    assert.ok(await house.demo.views.find(content))
  })

  test('is the operator’s', async () => {
    assert.equal((await ask('POST', { key: house.key })).status, 401)
    assert.equal((await ask('GET', { key: house.key })).status, 401)
    assert.equal((await house.call('POST', '/tenants/nobody/reindex', { key: OPERATOR_KEY })).status, 404)
  })
})
