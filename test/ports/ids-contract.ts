import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { isContentId } from '../../shared/mailbox/ids.ts'
import { holder, type Open } from './opened.ts'

export function idsContract(name: string, open: Open): void {
  describe(`ids and clock on ${name}`, () => {
    const opened = holder(open, { before, after })
    const ids = () => opened().engine.ids

    it('makes content ids that ascend, of version 7 and the time', () => {
      const earliest = opened().engine.clock.now()
      const made = Array.from({ length: 20_000 }, () => ids().content())
      const latest = opened().engine.clock.now()
      for (const [index, id] of made.entries()) {
        assert.ok(isContentId(id), id)
        // RFC 9562 §5.7: 48 bits of milliseconds, version 7, variant 10.
        assert.match(id, /^.{8}-.{4}-7.{3}-[89ab].{3}-.{12}$/)
        if (index > 0) assert.ok(id > made[index - 1]!, `${made[index - 1]} then ${id}`)
      }
      const time = (id: string) => Number.parseInt(id.replace('-', '').slice(0, 12), 16)
      assert.ok(time(made[0]!) >= earliest && time(made.at(-1)!) <= latest + 1)
    })

    it('makes nonces of 96 bits, no two alike', () => {
      const nonces = Array.from({ length: 1000 }, () => ids().nonce())
      for (const nonce of nonces) assert.match(nonce, /^[A-Za-z0-9_-]{16}$/)
      assert.equal(new Set(nonces).size, nonces.length)
    })

    it('makes random octets and fractions', () => {
      assert.equal(ids().random(0).length, 0)
      assert.equal(ids().random(33).length, 33)
      assert.notDeepEqual(ids().random(16), ids().random(16))
      const fractions = Array.from({ length: 1000 }, () => ids().fraction())
      for (const fraction of fractions) assert.ok(fraction >= 0 && fraction < 1)
      const mean = fractions.reduce((sum, fraction) => sum + fraction) / fractions.length
      assert.ok(mean > 0.4 && mean < 0.6)
    })

    it('sleeps, and wakes with the reason of who aborts', async () => {
      const { clock } = opened().engine
      const begun = Date.now()
      await clock.sleep(20)
      assert.ok(Date.now() - begun >= 19)
      const stop = new AbortController()
      const reason = new Error('no more')
      const sleeping = clock.sleep(60_000, stop.signal)
      stop.abort(reason)
      await assert.rejects(sleeping, reason)
      await assert.rejects(clock.sleep(60_000, stop.signal), reason)
    })
  })
}
