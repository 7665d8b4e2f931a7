/** I8: every route, walked with another tenant's key and ids: nothing is learnt, nothing is changed. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { accountId, type TenantId } from '../../../shared/mailbox/ids.ts'
import { arrive, DEMO, message, settleQueues } from '../../house.ts'
import { type ApiHouse, OPERATOR_KEY, openApiHouse } from './api-house.ts'

/** Stands in everything that the demo tenant has, and must not come back to anybody else. */
const SECRET = 'hushhush'

/** What each route that names something is asked for: the demo tenant's. Filled in once it is there. */
interface Ids {
  domain: string
  key: string
  account: string
  appPassword: string
  alias: string
  email: string
  scheduled: string
  received: string
  thread: string
  label: string
  draft: string
  webhook: string
  webhookEvent: string
}

/** What changes only what is the caller's. */
const OWN = ['POST /domains', 'PATCH /pop3-settings', 'DELETE /captured']

const suppressed = `gone@${SECRET}.example`

/** A body that would change something, where a route takes one. */
const BODIES: Readonly<Record<string, unknown>> = {
  'POST /tenants': { id: 'intruders' },
  'POST /domains': { name: 'strange.test' },
  'PATCH /domains/{id}': { tls: 'enforced' },
  'POST /api-keys': { name: 'mine', permission: 'sending_access', domain_id: 'of another' },
  'PATCH /api-keys/{id}': { name: 'taken' },
  'POST /accounts': { address: `taken@${SECRET}.test`, password: 'a long one' },
  'PATCH /accounts/{id}': { password: 'a new password', suspended: true, forward_to: ['thief@example.net'] },
  'POST /accounts/{id}/app-passwords': { name: 'taken' },
  'POST /accounts/{id}/mailboxes': { name: 'taken' },
  'POST /accounts/{id}/import/known': { keys: [] },
  'POST /aliases': { address: `also@${SECRET}.test`, targets: [`ann@${SECRET}.test`] },
  'PUT /aliases/{address}': { targets: [`ann@${SECRET}.test`], forward_to: ['thief@example.net'] },
  'POST /emails': { from: `ann@${SECRET}.test`, to: 'x@example.net', subject: 's', text: 't' },
  'POST /emails/batch': [{ from: `ann@${SECRET}.test`, to: 'x@example.net', subject: 's', text: 't' }],
  'PATCH /emails/{id}': { scheduled_at: 'in 1 min' },
  'POST /emails/{id}/share': {},
  'POST /uploads': { size: 5, sha256: 'x' },
  'POST /inboxes': { email_address: `taken@${SECRET}.test` },
  'PATCH /inboxes/{id}': { name: 'taken' },
  'POST /inboxes/{id}/labels': { name: 'taken' },
  'PATCH /inboxes/{id}/labels/{label_id}': { name: 'taken' },
  'PATCH /inboxes/{id}/threads/{thread_id}': { read: true, folder: 'trash' },
  'POST /inboxes/{id}/threads/{thread_id}/labels': { labels: ['x'] },
  'PUT /inboxes/{id}/threads/{thread_id}/labels': { labels: [] },
  'POST /inboxes/{id}/threads/{thread_id}/emails/{email_id}/reply': { text: 'taken' },
  'POST /inboxes/{id}/threads/{thread_id}/emails/{email_id}/forward': { to: 'thief@example.net' },
  'POST /inboxes/{id}/drafts': { text: 'taken' },
  'PATCH /inboxes/{id}/drafts/{draft_id}': { text: 'taken' },
  'PATCH /tenants/{id}': { limits: { messages_out_per_day: 1 } },
  'PATCH /webhooks/{id}': { endpoint: 'https://thief.example/', status: 'disabled' },
  'POST /webhooks/{id}/test': {},
}

describe('another tenant’s key', () => {
  let house: ApiHouse
  let ids: Ids
  let stranger: string
  before(async () => {
    house = await openApiHouse()
    const acting = { key: OPERATOR_KEY, headers: { 'tubepost-tenant': 'demo' } }
    const post = async (path: string, body: unknown, options = {}) => {
      const answer = await house.call('POST', path, { body, ...options })
      assert.ok(answer.status < 300, `${path}: ${JSON.stringify(answer.body)}`)
      return answer.body
    }
    const domain = await post('/domains', { name: `${SECRET}.test`, verified: true }, acting)
    const address = `ann@${SECRET}.test`
    const account = await post('/accounts', { address, password: 'a long one' })
    const alias = await post('/aliases', { address: `sales@${SECRET}.test`, targets: [address] })
    const email = { from: address, to: `to@${SECRET}.example`, subject: SECRET, text: SECRET }
    const ann = accountId(DEMO, account.id)
    const received = await arrive(house, [ann], message(SECRET, `${SECRET}\r\n`))
    ids = {
      domain: domain.id,
      key: (await post('/api-keys', { name: SECRET })).id,
      account: account.id,
      appPassword: (await post(`/accounts/${account.id}/app-passwords`, { name: SECRET })).id,
      alias: alias.id,
      email: (await post('/emails', email)).id,
      scheduled: (await post('/emails', { ...email, scheduled_at: 'in 1 hour' })).id,
      received,
      thread: '',
      label: (await post(`/inboxes/${account.id}/labels`, { name: SECRET })).id,
      draft: (await post(`/inboxes/${account.id}/drafts`, { text: SECRET })).id,
      webhook: (await post('/webhooks', { endpoint: `https://${SECRET}.example/`, events: ['email.sent'] })).id,
      webhookEvent: '',
    }
    ids.webhookEvent = (await post(`/webhooks/${ids.webhook}/test`, {})).id
    await post('/suppressions', { email: suppressed })
    stranger = (await post('/tenants', { id: 'strangers' }, { key: OPERATOR_KEY })).api_key.token
    await settleQueues(house)
    ids.thread = (await house.call('GET', `/inboxes/${account.id}/threads`)).body.data[0].id
  })
  after(() => house.close())

  /** Everything the API shows the demo tenant of itself; when it was last asked does not count. */
  async function everything() {
    const paths = [
      '/domains',
      `/domains/${ids.domain}`,
      '/api-keys',
      '/accounts',
      `/accounts/${ids.account}`,
      `/accounts/${ids.account}/app-passwords`,
      '/aliases',
      '/emails',
      `/emails/${ids.email}`,
      `/emails/${ids.scheduled}`,
      '/emails/receiving',
      '/webhooks',
      `/webhooks/${ids.webhook}`,
      `/webhooks/${ids.webhook}/deliveries`,
      '/suppressions',
      '/inboxes',
      `/inboxes/${ids.account}`,
      `/inboxes/${ids.account}/threads`,
      `/inboxes/${ids.account}/labels`,
      `/inboxes/${ids.account}/drafts/${ids.draft}`,
    ]
    const shown = await Promise.all(paths.map((path) => house.call('GET', path)))
    for (const { status } of shown) assert.equal(status, 200)
    return JSON.stringify(shown.map(({ body }) => body)).replace(/"last_used_at":("[^"]*"|null)/g, '')
  }

  /** The ways to fill in a path: the ids of the demo tenant that it can be about. */
  function fill(path: string): string[] {
    const put = (...values: string[]) =>
      values.map((value) => path.replace(/\{(id|address)\}/, encodeURIComponent(value)))
    const filled = path.startsWith('/tenants/')
      ? put('demo')
      : path.startsWith('/domains/')
        ? put(ids.domain)
        : path.startsWith('/webhooks/')
          ? put(ids.webhook)
          : path.startsWith('/api-keys/')
            ? put(ids.key)
            : path.startsWith('/accounts/') || path.startsWith('/inboxes/')
              ? put(ids.account, `ann@${SECRET}.test`)
              : path.startsWith('/aliases/')
                ? put(ids.alias)
                : path.startsWith('/emails/receiving/')
                  ? put(ids.received)
                  : put(ids.email, ids.scheduled, ids.received)
    return filled.map((one) =>
      one
        .replace('{password_id}', ids.appPassword)
        .replace('{attachment_id}', '1')
        .replace('{thread_id}', ids.thread)
        .replace('{email_id}', ids.received)
        .replace('{label_id}', ids.label)
        .replace('{draft_id}', ids.draft)
        .replace('{event_id}', ids.webhookEvent)
        .replace('{id_or_email}', encodeURIComponent(suppressed)),
    )
  }

  test('walks every route and learns nothing', async () => {
    const before = await everything()
    const { body: document } = await house.call('GET', '/openapi.json', { key: null })
    let walked = 0
    for (const [path, item] of Object.entries(
      document.paths as Record<string, Record<string, { security?: object[] }>>,
    )) {
      for (const [method, { security }] of Object.entries(item)) {
        const route = `${method.toUpperCase()} ${path}`
        if (security === undefined) continue
        const takesBody = ['post', 'put', 'patch'].includes(method) && route in BODIES
        for (const filled of path.includes('{') ? fill(path) : [path]) {
          const options = { key: stranger, ...(takesBody && { body: BODIES[route] }) }
          const { status, body } = await house.call(method.toUpperCase(), filled, options)
          walked += 1
          const about = `${method.toUpperCase()} ${filled}: ${status} ${JSON.stringify(body)}`
          if (path === '/logs') continue // the caller's own words, this walk's among them
          if (path.includes('{')) assert.ok(status === 404 || (status === 401 && path.startsWith('/tenants')), about)
          else if (method === 'get') assert.doesNotMatch(JSON.stringify(body), new RegExp(SECRET), about)
          else assert.ok(status >= 400 || OWN.includes(route), about)
        }
      }
    }
    assert.ok(walked > 40, `${walked} calls`)
    assert.equal(await everything(), before)
  })

  test('lists begin after ids of others as if there were none', async () => {
    for (const path of ['/domains', '/api-keys', '/accounts', '/aliases', '/emails', '/emails/receiving', '/inboxes']) {
      for (const id of Object.values(ids)) {
        for (const query of [`after=${id}`, `before=${id}`]) {
          const { status, body } = await house.call('GET', `${path}?${query}`, { key: stranger })
          assert.equal(status, 200)
          assert.doesNotMatch(JSON.stringify(body), new RegExp(SECRET), `${path}?${query}`)
        }
      }
    }
  })

  test('a name that another has is answered as one that nobody has', async () => {
    const refusals = []
    for (const name of [`${SECRET}.test`, 'nobody-has.test']) {
      const { status, body } = await house.call('POST', '/accounts', {
        key: stranger,
        body: { address: `ann@${name}`, password: 'a long one' },
      })
      refusals.push([status, body.name, body.message.replace(name, '')])
      const sent = await house.call('POST', '/emails', {
        key: stranger,
        body: { from: `ann@${name}`, to: 'x@example.net', subject: 's', text: 't' },
      })
      refusals.push([sent.status, sent.body.name, sent.body.message.replace(name, '')])
    }
    assert.deepEqual(refusals.slice(0, 2), refusals.slice(2))
    const targets = await house.call('POST', '/aliases', {
      key: stranger,
      body: { address: 'a@nobody-has.test', targets: [`ann@${SECRET}.test`] },
    })
    assert.equal(targets.status, 403)
  })

  test('a domain that another has can be added, and proves nothing', async () => {
    const { status, body } = await house.call('POST', '/domains', { key: stranger, body: { name: `${SECRET}.test` } })
    assert.deepEqual([status, body.status], [201, 'not_started'])
    await house.call('POST', `/domains/${body.id}/verify`, { key: stranger })
    assert.equal((await house.call('GET', `/domains/${body.id}`, { key: stranger })).body.status, 'pending')
  })

  test('a key is no operator’s, whatever tenant it names', async () => {
    const headers = { 'tubepost-tenant': 'demo' }
    const { body } = await house.call('GET', '/accounts', { key: stranger, headers })
    assert.deepEqual(body.data, [])
    assert.equal(await house.store.tenants.get('intruders' as TenantId), undefined)
  })
})
