/** What a process that died has claimed: the next one on its folder goes on at once, as there can be no other. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openEmbeddedEngine } from '../../shared/engines/embedded/engine.ts'
import type { ContentId, MailboxId, TenantId } from '../../shared/mailbox/ids.ts'
import { openStore } from '../../shared/store/store.ts'

const TENANT = 'one' as TenantId
const MAILBOX = 'one/account/mailbox' as MailboxId

test('maildrops, messages on their way out and idempotency keys', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tubepost-claims-'))
  t.after(() => rm(folder, { recursive: true }))
  async function run(isNext: boolean): Promise<void> {
    const engine = await openEmbeddedEngine({ folder, relay: { kind: 'capture' } })
    // Two stores on one engine are one run: what the first claims is taken for the second.
    const [first, second] = [openStore(engine).tenant(TENANT), openStore(engine).tenant(TENANT)]
    const content = '01a20a4a-f337-73bd-85a8-11517fb68725' as ContentId
    const lock = await first.maildropLocks.acquire(MAILBOX)
    await assert.rejects(second.maildropLocks.acquire(MAILBOX), /locked/)
    assert.ok(await first.outbound.claim(content, 60_000), isNext ? 'the claim of the run before' : 'the first claim')
    assert.equal(await second.outbound.claim(content, 60_000), undefined)
    assert.equal((await first.idempotency.begin('key', 'body')).kind, 'begun')
    assert.equal((await second.idempotency.begin('key', 'body')).kind, 'under-way')
    await lock.stopRenewing()
    await engine.close()
  }
  await run(false)
  await run(true)
})
