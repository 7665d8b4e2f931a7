/** A mailbox that is destroyed while other processes remember its log: nothing can be written into it any more, whatever they remember. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { appendMessages } from '../../shared/flows/mailboxes/append-messages.ts'
import { removeMailbox } from '../../shared/flows/mailboxes/remove-mailbox.ts'
import { NO_FLAGS } from '../../shared/mailbox/flags.ts'
import type { MailboxId } from '../../shared/mailbox/ids.ts'
import { sourceOf } from '../../shared/ports/blob-source.ts'
import type { NewMessage } from '../../shared/store/appends.ts'
import { openStore, type TenantStore } from '../../shared/store/store.ts'
import { DEMO, fill, type House, message, openHouse, SCAN } from '../house.ts'

const HOUR_MS = 60 * 60 * 1000

describe('the log of a destroyed mailbox', () => {
  let house: House
  before(async () => {
    house = await openHouse()
  })
  after(() => house.close())

  /** Another process, which has seen the mailbox's newest record as it is now. */
  async function witness(mailbox: MailboxId): Promise<TenantStore> {
    const other = openStore(house.engine).tenant(DEMO)
    await other.journal.newest(mailbox)
    return other
  }

  async function commit(store: TenantStore, mailbox: MailboxId) {
    const placed: NewMessage = {
      content: house.engine.ids.content(),
      thread: '0'.repeat(16) as NewMessage['thread'],
      flags: NO_FLAGS,
      internalDate: 0,
      sizeOctets: 1,
    }
    return store.appends.append(mailbox, [placed])
  }

  const itemsOf = async (mailbox: MailboxId) =>
    (await house.engine.table.query(`t/demo/mailbox/${mailbox.slice('demo/'.length)}`)).items

  test('takes no commit, from whatever record a process begins', async () => {
    const mailbox = await house.demo.mailboxes.create(house.alice, ['Going'])
    const witnesses: TenantStore[] = [await witness(mailbox)]
    for (let count = 0; count < 5; count += 1) {
      await fill(house, mailbox, 1)
      witnesses.push(await witness(mailbox))
    }
    await house.demo.mailboxes.delete(house.alice, ['Going'])
    await removeMailbox(house.demo, mailbox)
    const left = await itemsOf(mailbox)
    assert.ok(left.length > 0 && left.every((item) => item['ended'] === true && item['d'] === undefined))
    for (const store of [...witnesses, house.demo]) {
      await assert.rejects(commit(store, mailbox), { kind: 'no-such-mailbox' })
      await assert.rejects(store.journal.newest(mailbox), { kind: 'no-such-mailbox' })
      assert.equal(await store.journal.exists(mailbox), false)
      assert.deepEqual(await Array.fromAsync(store.journal.since(mailbox, 0)), [])
    }
    assert.deepEqual(await itemsOf(mailbox), left)
    await removeMailbox(house.demo, mailbox)
    assert.deepEqual(await itemsOf(mailbox), left, 'repeatable')
  })

  test('old records go at once; who remembers one of them has to look again', async () => {
    const mailbox = await house.demo.mailboxes.create(house.alice, ['Old'])
    const early = await witness(mailbox)
    await fill(house, mailbox, 1)
    house.clock.advance(30 * HOUR_MS)
    const late = await witness(mailbox)
    await house.demo.mailboxes.delete(house.alice, ['Old'])
    await removeMailbox(house.demo, mailbox)
    const left = await itemsOf(mailbox)
    assert.ok(left.every((item) => item['ended'] === true))
    for (const store of [early, late]) await assert.rejects(commit(store, mailbox), { kind: 'no-such-mailbox' })
    assert.deepEqual(await itemsOf(mailbox), left)
  })

  test('a commit that comes first is let go with the others', async () => {
    const mailbox = await house.demo.mailboxes.create(house.alice, ['Busy'])
    const other = await witness(mailbox)
    const racing = Array.from({ length: 20 }, () => commit(other, mailbox).catch((error) => error))
    await removeMailbox(house.demo, mailbox)
    for (const outcome of await Promise.all(racing)) {
      if (outcome instanceof Error) assert.equal((outcome as Error & { kind?: string }).kind, 'no-such-mailbox')
    }
    assert.ok((await itemsOf(mailbox)).every((item) => item['ended'] === true))
  })

  test('other mailboxes go on', async () => {
    await appendMessages(house.demo, house.inbox, [{ source: sourceOf(message('x')), flags: NO_FLAGS }], SCAN)
    assert.equal((await house.demo.journal.newest(house.inbox)).totals.exists, 1)
  })
})
