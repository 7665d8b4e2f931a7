/** Inboxes by the official SDK: accounts by other names. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ALICE, type InboxScene, ok, openInboxScene } from './inbox-scene.ts'

let scene: InboxScene
before(async () => {
  scene = await openInboxScene()
})
after(() => scene.close())

test('made, shown, listed, changed and deleted: it is an account', async () => {
  const { house, resend } = scene
  const made = ok(await resend.inboxes.create({ emailAddress: 'support@demo.test', name: 'Support', fromName: 'Ada' }))
  assert.equal(made.object, 'inbox')
  const shown = ok(await resend.inboxes.get(made.id))
  assert.deepEqual(
    { ...shown, created_at: '', updated_at: '', domain_id: typeof shown.domain_id },
    {
      object: 'inbox',
      id: made.id,
      name: 'Support',
      email_address: 'support@demo.test',
      domain_id: 'string',
      receiving_address: null,
      from_name: 'Ada',
      unread: 0,
      drafts: 0,
      last_received: null,
      created_at: '',
      updated_at: '',
    },
  )
  assert.deepEqual(ok(await resend.inboxes.get('support@demo.test')), shown)
  assert.equal((await house.call('GET', `/accounts/${made.id}`)).body.address, 'support@demo.test')
  house.clock.advance(1000)
  assert.deepEqual(ok(await resend.inboxes.update(made.id, { name: 'Help' })), { object: 'inbox', id: made.id })
  const changed = ok(await resend.inboxes.get(made.id))
  assert.deepEqual([changed.name, changed.from_name], ['Help', 'Ada'])
  assert.ok(changed.updated_at > changed.created_at)

  const all = ok(await resend.inboxes.list())
  assert.deepEqual(
    new Set(all.data.map(({ email_address }) => email_address)),
    new Set(['alice@demo.test', 'bob@demo.test', 'support@demo.test']),
  )
  const pages = []
  let last: string | undefined
  for (;;) {
    const page = ok(await resend.inboxes.list({ limit: 1, ...(last !== undefined && { after: last }) }))
    pages.push(...page.data.map(({ id }) => id))
    if (!page.has_more) break
    last = page.data[0]!.id
  }
  assert.deepEqual(
    pages,
    all.data.map(({ id }) => id),
  )

  assert.equal((await resend.inboxes.create({ emailAddress: 'support@demo.test' })).error?.name, 'already_exists')
  assert.equal((await resend.inboxes.create({ emailAddress: 'x@elsewhere.test' })).error?.statusCode, 403)
  assert.equal((await resend.inboxes.create({} as never)).error?.name, 'missing_required_field')
  const forwarded = ok(await resend.inboxes.create({ emailAddress: 'old@demo.test', forwarding: true }))
  assert.equal(ok(await resend.inboxes.get(forwarded.id)).receiving_address, 'old@demo.test')

  assert.deepEqual(ok(await resend.inboxes.remove(made.id)), { object: 'inbox', id: made.id, deleted: true })
  assert.equal((await resend.inboxes.get(made.id)).error?.name, 'not_found')
  assert.equal((await resend.inboxes.get('nobody@demo.test')).error?.name, 'not_found')
  assert.equal((await resend.inboxes.get('no address')).error?.name, 'not_found')
  assert.equal((await resend.inboxes.agent.get(ALICE)).error?.name, 'not_found')
  assert.equal((await resend.inboxes.agent.update({ ...ALICE, tone: null })).error?.name, 'not_found')
})
