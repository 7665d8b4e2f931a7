import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sendMessage } from '../../shared/flows/outgoing/send-message.ts'
import { submitMessage } from '../../shared/flows/outgoing/submit-message.ts'
import type { AccountId } from '../../shared/mailbox/ids.ts'
import { sourceOf } from '../../shared/ports/blob-source.ts'
import type { Relay } from '../../shared/ports/relay.ts'
import { DEMO, type House, message, openHouse, PASSWORD, settleQueues } from '../house.ts'

const CLIENT = { helo: 'laptop', remoteAddress: '127.0.0.1', hostName: 'mx.demo.test', protocol: 'ESMTPA' }
const HOUR_MS = 60 * 60 * 1000

/** A relay that always asks to be tried later. */
const later: Relay = {
  carries: { maxOctets: 1e9, maxRecipients: 100, eightBit: true, smtputf8: true },
  send: async ({ recipients }) => ({
    outcomes: recipients.map((recipient) => ({ recipient, outcome: 'deferred', reply: '451 4.7.1 Later' })),
  }),
}

async function held({ demo }: House, account: AccountId): Promise<number> {
  return (await demo.journal.newest(await demo.mailboxes.mailbox(account, ['INBOX']))).totals.exists
}

test('a recipient whose domain comes to us while the message is deferred gets it, and the others not again', async () => {
  const house = await openHouse({ relay: later })
  try {
    const { store, alice, bob, clock } = house
    const submission = {
      account: alice,
      reversePath: 'alice@demo.test',
      recipients: ['bob@demo.test', 'carol@new.test'],
      leavesTheHouse: true,
      body: '7BIT',
      smtputf8: false,
      client: CLIENT,
    } as const
    const id = await submitMessage(store, submission, sourceOf(message('now and later')))
    const send = () => sendMessage(store, `outbox/${DEMO}/${id}`, { hostName: 'mx.demo.test' })
    assert.equal((await send()).kind, 'retry')
    await store.directory.addDomain(DEMO, 'new.test', { verified: true })
    const carol = await store.directory.createAccount(DEMO, { localPart: 'carol', domain: 'new.test' }, PASSWORD)
    clock.advance(HOUR_MS)
    assert.deepEqual(await send(), { kind: 'done' })
    await settleQueues(house)
    assert.deepEqual([await held(house, bob), await held(house, carol)], [1, 1])
  } finally {
    await house.close()
  }
})
