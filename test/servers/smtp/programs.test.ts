/** Programs that submit by SMTP with an API key, as they do at Resend: every submission door, every permission of a key. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createTransport, type SendMailOptions } from 'nodemailer'
import { lastEventOf } from '../../../shared/flows/emails/read-email.ts'
import { sendMessage } from '../../../shared/flows/outgoing/send-message.ts'
import type { TenantId } from '../../../shared/mailbox/ids.ts'
import { startSmtp } from './smtp-server.ts'

const ONE = 'one' as TenantId
let server: Awaited<ReturnType<typeof startSmtp>>
let fullAccess: string
let sendingOne: string
let sendingOther: string
before(async () => {
  server = await startSmtp()
  const { store } = server
  await store.directory.addDomain(ONE, 'other.test', { verified: true })
  const { apiKeys } = store.tenant(ONE)
  const make = async (domain?: string) => {
    const domainId = domain && (await store.domains.byName(ONE, domain))!.id
    const permission = domain === undefined ? 'full_access' : 'sending_access'
    return (await apiKeys.create({ name: 'smtp', permission, ...(domainId && { domainId }) })).token
  }
  fullAccess = await make()
  sendingOne = await make('one.test')
  sendingOther = await make('other.test')
})
after(() => server.close())

const LETTER = { from: 'News <news@one.test>', to: 'bob@elsewhere.test', subject: 'Grüße', text: 'Hi.' }

type Login = { user?: string; pass: string; door?: 'submission' | 'submissions' | 'mx'; method?: string }
async function send({ user = 'resend', pass, door = 'submission', method = 'PLAIN' }: Login, mail: SendMailOptions) {
  const transport = createTransport({
    host: 'localhost',
    port: server.listeners[door].port,
    secure: door === 'submissions',
    requireTLS: door === 'submission',
    tls: { ca: server.certificate },
    auth: { user, pass },
    authMethod: method,
  })
  try {
    return (await transport.sendMail(mail)).response
  } finally {
    transport.close()
  }
}
async function refusal(login: Login, mail: SendMailOptions): Promise<string> {
  const error = await send(login, mail).then(
    (response) => assert.fail(`taken: ${response}`),
    (failed: Error & { response?: string }) => failed,
  )
  return error.response ?? error.message
}
const idOf = (response: string) => response.split(' ').at(-1)!
async function emails() {
  const own = server.store.tenant(ONE)
  const { items } = await own.emails.page({ limit: 100 })
  return Promise.all(items.map(async (email) => ({ ...email, event: await lastEventOf(own, email) })))
}

test('both names, both mechanisms, both doors; what was sent is listed with what became of it', async () => {
  for (const login of [
    { pass: fullAccess },
    { pass: fullAccess, user: 'tubepost', door: 'submissions' },
    { pass: sendingOne, method: 'LOGIN', door: 'submissions' },
    { pass: sendingOne, user: 'Resend', method: 'LOGIN' },
  ] as const) {
    const id = idOf(
      await send(login, { ...LETTER, cc: 'cc@elsewhere.test', bcc: 'bcc@elsewhere.test', replyTo: 'a@elsewhere.test' }),
    )
    const [email] = await emails()
    assert.deepEqual(
      [email!.id, email!.from, email!.to, email!.cc, email!.bcc, email!.replyTo, email!.subject, email!.event],
      [
        id,
        'News <news@one.test>',
        ['bob@elsewhere.test'],
        ['cc@elsewhere.test'],
        ['bcc@elsewhere.test'],
        ['a@elsewhere.test'],
        'Grüße',
        'queued',
      ],
    )
    await sendMessage(server.store, `outbox/one/${id}`, { hostName: 'mx.test' })
    assert.equal((await emails())[0]!.event, 'sent')
  }
  const [{ trace, content }] = (await server.contents('outbox', 'one')).slice(-1) as [
    { trace: string; content: string },
  ]
  assert.match(trace, /with ESMTPSA/)
  assert.match(content, /^Message-ID: |\r\nMessage-ID: /)
})

test('a key’s domain holds for the sender and for From', async () => {
  const other = { ...LETTER, from: 'x@other.test' }
  assert.match(await send({ pass: fullAccess }, other), /^250/)
  assert.match(await send({ pass: sendingOther }, other), /^250/)
  assert.match(await refusal({ pass: sendingOther }, LETTER), /^553 5\.7\.1/)
  assert.match(
    await refusal({ pass: sendingOther }, { ...LETTER, envelope: { from: 'x@other.test', to: ['b@elsewhere.test'] } }),
    /^550 5\.7\.1/,
  )
  assert.match(await refusal({ pass: fullAccess }, { ...LETTER, from: 'x@two.test' }), /^553 5\.7\.1/)
  assert.match(
    await refusal(
      { pass: fullAccess },
      {
        ...LETTER,
        from: ['x@two.test', 'x@one.test'].join(', '),
        envelope: { from: 'x@one.test', to: ['b@elsewhere.test'] },
      },
    ),
    /^550 5\.7\.1/,
  )
  assert.match(
    await refusal(
      { pass: fullAccess },
      { envelope: { from: 'x@one.test', to: ['b@elsewhere.test'] }, raw: 'Subject: nobody\r\n\r\nx' },
    ),
    /^550 5\.6\.0/,
  )
})

test('Resend-Idempotency-Key: sent once, and the field does not leave', async () => {
  const mail = { ...LETTER, headers: { 'Resend-Idempotency-Key': 'welcome/123' } }
  const count = (await emails()).length
  const first = idOf(await send({ pass: fullAccess }, mail))
  assert.equal(idOf(await send({ pass: fullAccess }, mail)), first)
  assert.equal((await emails()).length, count + 1)
  assert.match(await refusal({ pass: fullAccess }, { ...mail, subject: 'Another' }), /^550 5\.6\.0/)
  const { content } = (await server.contents('outbox', 'one')).find(({ trace }) => trace.includes(first))!
  assert.doesNotMatch(content, /idempotency/i)
  assert.match(content, /\r\nSubject: =\?/)
  assert.match(content, /\r\n\r\nHi\.\r\n$/)
  assert.match(
    await refusal({ pass: fullAccess }, { ...LETTER, headers: { 'Resend-Idempotency-Key': 'x'.repeat(257) } }),
    /^550 5\.6\.0/,
  )
})

test('what opens nothing', async () => {
  for (const pass of ['re_one_x', 'secret', `${fullAccess}x`, 'op_demo', 're_demo']) {
    assert.match(await refusal({ pass }, LETTER), /535 5\.7\.8/)
  }
  await server.store.tenants.setSuspended(ONE, true)
  assert.match(await refusal({ pass: fullAccess }, LETTER), /5\.7\.\d|454/)
  await server.store.tenants.setSuspended(ONE, false)
  await server.store.tenant(ONE).apiKeys.remove((await server.store.tenant(ONE).apiKeys.verify(sendingOne))!.id)
  assert.match(await refusal({ pass: sendingOne }, LETTER), /535 5\.7\.8/)
})
