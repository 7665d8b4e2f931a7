import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createIds } from '../../shared/engines/common/ids.ts'
import { firstIdAt, idPrefixAt, idTime } from '../../shared/mailbox/id-time.ts'
import { isContentId } from '../../shared/mailbox/ids.ts'

for (const ms of [0, 1, 0x1234, 1_795_458_471_014, 2 ** 48 - 1]) {
  test(`an id of ${ms} tells when it was made, and sorts by it`, () => {
    const id = createIds({ now: () => ms }).content()
    assert.equal(idTime(id), ms)
    assert.ok(idPrefixAt(ms) <= id && firstIdAt(ms) <= id)
    assert.ok(ms === 2 ** 48 - 1 || id < idPrefixAt(ms + 1))
    assert.ok(isContentId(firstIdAt(ms)))
    assert.equal(idTime(firstIdAt(ms)), ms)
  })
}

test('what is no id has no time', () => assert.ok(Number.isNaN(idTime('nothing'))))
