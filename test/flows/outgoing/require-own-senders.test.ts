import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { requireOwnSenders, type Submitter } from '../../../shared/flows/outgoing/require-own-senders.ts'
import { MailError } from '../../../shared/mailbox/errors.ts'
import type { AccountId, TenantId } from '../../../shared/mailbox/ids.ts'
import { sourceOf } from '../../../shared/ports/blob-source.ts'
import type { BlobSource } from '../../../shared/ports/blobs.ts'
import type { Store } from '../../../shared/store/store.ts'
import { openTestStore } from '../../transcripts/opened-store.ts'

const ONE = 'one' as TenantId
const TWO = 'two' as TenantId
let store: Store
let close: () => Promise<void>
let alice: AccountId
before(async () => {
  ;({ store, close } = await openTestStore())
  alice = (await store.directory.accountAt({ localPart: 'alice', domain: 'one.test' }))!
  await store.directory.addDomain(TWO, 'xn--bcher-kva.test', { verified: true })
  await store.directory.addDomain(TWO, 'claimed.test', { verified: false })
  await store.aliases.add(ONE, { localPart: 'sales', domain: 'one.test' }, { accounts: [alice], forwards: [] })
})
after(() => close())

async function mayClaim(submitter: Submitter, header: string): Promise<boolean> {
  try {
    await requireOwnSenders(store, submitter, sourceOf(Buffer.from(`${header}\r\n\r\nFrom: carol@two.test\r\n`)))
    return true
  } catch (error) {
    assert.ok(error instanceof MailError && error.kind === 'not-allowed', String(error))
    return false
  }
}

describe('what an account may say a message is from', () => {
  const rows: [header: string, allowed: boolean][] = [
    ['From: alice@one.test', true],
    ['From: "Carol, carol@two.test" <ALICE+x@One.Test>', true],
    ['From: sales@one.test', true],
    ['From: bob@one.test', false],
    ['From: nobody@one.test', false],
    ['From: carol@two.test', false],
    ['from : Carol <carol@TWO.test>', false],
    ['From: nobody@two.test', false],
    ['Subject: no From', true],
    ['From: root', true],
    ['From:', true],
    ['From: friend@elsewhere.test', true],
    ['From: x@claimed.test', true],
    // Several, in one field and in many.
    ['From: alice@one.test, carol@two.test', false],
    ['From: alice@one.test\r\nFrom: carol@two.test', false],
    ['From: carol@two.test\r\nFrom: alice@one.test', false],
    ['From: friends: alice@one.test, carol@two.test;', false],
    [`From: ${Array.from({ length: 101 }, (_, index) => `a${index}@elsewhere.test`).join(',')}`, false],
    // Who handed it in for whom, and who passed it on.
    ['From: alice@one.test\r\nSender: carol@two.test', false],
    ['From: friend@elsewhere.test\r\nSender: Alice <alice@one.test>', true],
    ['From: friend@elsewhere.test\r\nResent-From: carol@two.test', false],
    ['From: friend@elsewhere.test\r\nResent-Sender: bob@one.test', false],
    ['From: friend@elsewhere.test\r\nResent-From: alice@one.test', true],
    ['Reply-To: carol@two.test\r\nFrom: alice@one.test', true],
    // Odd syntax, which some reader understands.
    ['From: carol\r\n @two.test', false],
    ['From: <@elsewhere.test:carol@two.test>', false],
    ['From: carol @ two . test', false],
    ['From: (comment) carol (of) @ (tenant) two.test (two)', false],
    ['From: "carol"@two.test', false],
    ['From: carol@two.test.', false],
    ['From: <<carol@two.test>>', false],
    ['From: @two.test', false],
    ['From: a@b@two.test', false],
    [`From: ${'a'.repeat(3000)}@two.test`, false],
    [`From: a@${'two.test.'.repeat(1000)}`, true],
    ['From: x@bücher.test', false],
    ['From: x@xn--bcher-kva.test', false],
    ['From: =?utf-8?q?carol=40two.test?=', false],
    ['From: =?utf-8?b?Q2Fyb2wgPGNhcm9sQHR3by50ZXN0Pg==?=', false],
    ['From: =?utf-8?q?carol=40two.test?= <alice@one.test>', true],
    [`From: ${'x'.repeat(20_000)} <carol@two.test>`, false],
    [`X-Long: ${'x'.repeat(300_000)}\r\nFrom: carol@two.test`, false],
  ]
  for (const [header, allowed] of rows) {
    it(`${allowed ? 'may' : 'may not'} ${JSON.stringify(header.slice(0, 70))}`, async () => {
      assert.equal(await mayClaim({ account: alice }, header), allowed)
    })
  }

  it('a program may name any address of its tenant', async () => {
    assert.equal(await mayClaim({ tenant: ONE }, 'From: bob@one.test\r\nSender: x@one.test'), true)
    assert.equal(await mayClaim({ tenant: ONE }, 'From: bob@one.test\r\nSender: carol@two.test'), false)
    assert.equal(await mayClaim({ tenant: ONE }, 'From: bob@one.test\r\nSender: a b@two.test.'), false)
  })
})

it('the body is not read', async () => {
  const source: BlobSource = {
    length: 1e9,
    sha256: '',
    async *open() {
      yield Buffer.from('From: alice@one.test\r\n\r')
      yield Buffer.from('\nFrom: carol@two.test\r\n')
      throw new Error('read on')
    },
  }
  await requireOwnSenders(store, { account: alice }, source)
})
