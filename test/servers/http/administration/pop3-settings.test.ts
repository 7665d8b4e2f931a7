import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OPERATOR_KEY, openApiHouse } from '../api-house.ts'

test('a tenant says how POP3 treats its mailboxes; the operator may in its stead, strangers may not', async () => {
  const house = await openApiHouse()
  try {
    const before = await house.call('GET', '/pop3-settings')
    const plain = { object: 'pop3_settings', retr_marks_seen: false, dele_moves_to_trash: false }
    assert.deepEqual([before.status, before.body], [200, plain])
    const changed = await house.call('PATCH', '/pop3-settings', { body: { retr_marks_seen: true } })
    assert.deepEqual([changed.status, changed.body], [200, { ...plain, retr_marks_seen: true }])
    const operator = { key: OPERATOR_KEY, headers: { 'tubepost-tenant': 'demo' } }
    const more = await house.call('PATCH', '/pop3-settings', { ...operator, body: { dele_moves_to_trash: true } })
    assert.deepEqual(more.body, { ...plain, retr_marks_seen: true, dele_moves_to_trash: true })
    const account = await house.demo.accounts.get(house.alice)
    assert.deepEqual(account?.pop3, { retrMarksSeen: true, deleMovesToTrash: true })
    assert.equal((await house.call('GET', '/pop3-settings', { key: null })).status, 401)
    assert.ok((await house.call('PATCH', '/pop3-settings', { body: { retr_marks_seen: 'yes' } })).status >= 400)
    const { body } = await house.call('GET', '/tenants/demo', { key: OPERATOR_KEY })
    assert.equal(body.name, 'Demonstration', 'the rest stays')
  } finally {
    await house.close()
  }
})
