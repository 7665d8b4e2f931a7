import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { copyMessages } from '../../../shared/flows/mailboxes/copy-messages.ts'
import { expungeMessages } from '../../../shared/flows/mailboxes/expunge-messages.ts'
import { storeFlags } from '../../../shared/flows/mailboxes/store-flags.ts'
import { reclaim } from '../../../shared/flows/upkeep/reclaim.ts'
import { flagsOf } from '../../../shared/mailbox/flags.ts'
import type { ContentId } from '../../../shared/mailbox/ids.ts'
import { listAll } from '../../../shared/ports/blobs.ts'
import { makeCopyToken } from '../../../shared/store/copy-token.ts'
import { arrive, DEMO, type House, message, openHouse, settleQueues } from '../../house.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const DELETED = flagsOf(['\\Deleted'])

async function rawNames({ engine }: House): Promise<string[]> {
  const names: string[] = []
  for await (const { name } of listAll(engine.blobs, `raw/${DEMO}/`)) names.push(name)
  return names
}

describe('reclaim (I7)', () => {
  let house: House
  before(async () => {
    house = await openHouse()
  })
  after(() => house.close())

  test('a content goes a week after its last copy, and not before', async () => {
    const { demo, inbox, alice, bob, clock, store } = house
    await arrive(house, [alice, bob], message('for two'))
    await settleQueues(house)
    const [name] = await rawNames(house)
    const expunge = (mailbox: typeof inbox) =>
      demo.replicas.use(mailbox, async (replica) => {
        await storeFlags(demo, replica, [1], 'add', DELETED)
        return expungeMessages(demo, replica)
      })

    assert.deepEqual(await expunge(inbox), [1])
    clock.advance(30 * DAY_MS)
    assert.deepEqual(await reclaim(store, DEMO), { contents: 0, tokens: 0 }, 'bob still has it')

    assert.deepEqual(await expunge(await demo.mailboxes.mailbox(bob, ['INBOX'])), [1])
    clock.advance(6 * DAY_MS)
    assert.deepEqual(await reclaim(store, DEMO), { contents: 0, tokens: 0 }, 'six days')
    assert.deepEqual(await rawNames(house), [name])
    clock.advance(2 * DAY_MS)
    assert.deepEqual(await reclaim(store, DEMO), { contents: 1, tokens: 0 })
    assert.deepEqual(await rawNames(house), [])
  })

  test('a copy keeps the content, wherever the original went', async () => {
    const { demo, inbox, alice, clock, store } = house
    await arrive(house, [alice], message('copied'))
    await settleQueues(house)
    const archive = await demo.mailboxes.mailbox(alice, ['Archive'])
    await demo.replicas.use(inbox, async (replica) => {
      const [uid] = [replica.messages.uidAt(0) as number]
      const copied = await copyMessages(demo, replica, [uid], archive)
      assert.equal(copied.to.length, 1)
      await storeFlags(demo, replica, [uid], 'add', DELETED)
      await expungeMessages(demo, replica)
    })
    clock.advance(30 * DAY_MS)
    assert.deepEqual(await reclaim(store, DEMO), { contents: 0, tokens: 0 })
    assert.equal((await rawNames(house)).length, 1)
  })

  test('a token whose commit never came is taken away, a day later', async () => {
    const { demo, inbox, clock, store, engine } = house
    const content = (await rawNames(house))[0]!.split('/')[2] as ContentId
    const token = makeCopyToken(clock.now(), engine.ids.random(8))
    assert.equal((await demo.deliveries.addTokens(inbox, [{ content, token }])).length, 1)
    assert.deepEqual(await reclaim(store, DEMO), { contents: 0, tokens: 0 })
    clock.advance(2 * DAY_MS)
    assert.deepEqual(await reclaim(store, DEMO), { contents: 0, tokens: 1 })
    const [delivery] = await demo.deliveries.of(content)
    assert.equal(delivery!.tokens.size, 1, 'the copy in Archive has its own')
  })

  test('an arrival that nobody has indexed yet is not touched', async () => {
    const { clock, store, alice } = house
    await arrive(house, [alice], message('waiting'))
    clock.advance(60 * DAY_MS)
    assert.deepEqual(await reclaim(store, DEMO), { contents: 0, tokens: 0 })
    assert.equal((await rawNames(house)).length, 2)
  })
})
