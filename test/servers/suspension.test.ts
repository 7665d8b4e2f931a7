/** A tenant that is suspended: nobody signs in, nothing comes in or goes out, each protocol says so in its words; and all of it is there when it is resumed. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { settleQueues } from '../house.ts'
import { type AllDoors, openAllDoors, saslPlain, smtpReply } from './all-doors.ts'
import { OPERATOR_KEY } from './http/api-house.ts'

const PERSON = 'pat@held.test'
const PASSWORD = 'a long password'

describe('a suspended tenant', () => {
  let doors: AllDoors
  let key: string
  let scheduled: string
  before(async () => {
    doors = await openAllDoors()
    const { house } = doors
    const operator = { key: OPERATOR_KEY }
    key = (await house.call('POST', '/tenants', { ...operator, body: { id: 'held' } })).body.api_key.token
    const acting = { ...operator, headers: { 'tubepost-tenant': 'held' } }
    await house.call('POST', '/domains', { ...acting, body: { name: 'held.test', verified: true } })
    await house.call('POST', '/accounts', { key, body: { address: PERSON, password: PASSWORD } })
    const email = { from: PERSON, to: 'x@example.net', subject: 's', text: 't' }
    scheduled = (await house.call('POST', '/emails', { key, body: { ...email, scheduled_at: 'in 10 min' } })).body.id
    await house.call('POST', '/emails', { key, body: { ...email, to: 'queued@example.net' } })
  })
  after(() => doors.close())

  const suspend = async (verb: 'suspend' | 'resume') => {
    const { status, body } = await doors.house.call('POST', `/tenants/held/${verb}`, { key: OPERATOR_KEY })
    assert.deepEqual([status, body.status], [200, verb === 'suspend' ? 'suspended' : 'active'])
  }
  const captured = async () => {
    const entries = await doors.house.engine.blobs.list('captured/held/')
    return entries.length
  }

  const everyDoor = async () => {
    const imap = await doors.imap()
    const pop3 = await doors.pop3()
    const submission = await doors.smtp('submission')
    const outside = await doors.smtp('mx')
    await smtpReply(outside, 'MAIL FROM:<somebody@example.net>')
    const api = await doors.house.call('GET', '/domains', { key })
    const sent = await doors.house.call('POST', '/emails', {
      key,
      body: { from: PERSON, to: 'x@example.net', subject: 's', text: 't' },
    })
    return {
      imapLogin: (await imap.run(`LOGIN ${PERSON} "${PASSWORD}"`)).at(-1)!.slice(3),
      imapPlain: (await (await doors.imap()).run(`AUTHENTICATE PLAIN ${saslPlain(PERSON, PASSWORD)}`)).at(-1)!.slice(3),
      pop3: await pop3.signIn(PERSON, PASSWORD),
      submission: await smtpReply(submission, `AUTH PLAIN ${saslPlain(PERSON, PASSWORD)}`),
      rcpt: await smtpReply(outside, `RCPT TO:<${PERSON}>`),
      api: [api.status, api.body.name, api.body.message],
      sent: [sent.status, sent.body.name],
    }
  }

  test('says so at every door', async () => {
    await suspend('suspend')
    const said = await everyDoor()
    assert.match(said.imapLogin, /^NO \[CONTACTADMIN\] The account is suspended$/)
    assert.match(said.imapPlain, /^NO \[CONTACTADMIN\] The account is suspended$/)
    assert.match(said.pop3, /^-ERR \[SYS\/PERM\] .*suspended/)
    assert.match(said.submission, /^525 5\.7\.13 /)
    assert.match(said.rcpt, /^450 4\.2\.1 Mailbox disabled/) // the sender keeps it, and tries again
    assert.deepEqual(said.api, [403, 'suspended_api_key', 'This tenant is suspended.'])
    assert.deepEqual(said.sent, [403, 'suspended_api_key'])
  })

  test('a wrong password learns nothing of it', async () => {
    const imap = await doors.imap()
    assert.match((await imap.run(`LOGIN ${PERSON} "wrong"`)).at(-1)!, /NO \[AUTHENTICATIONFAILED\]/)
    const pop3 = await doors.pop3()
    assert.match(await pop3.signIn(PERSON, 'wrong'), /^-ERR \[AUTH\]/)
    const smtp = await doors.smtp('submission')
    assert.match(await smtpReply(smtp, `AUTH PLAIN ${saslPlain(PERSON, 'wrong')}`), /^535 /)
  })

  test('what was on its way waits', async () => {
    await settleQueues(doors.house)
    doors.house.clock.advance(11 * 60_000)
    await doors.house.runJobs()
    assert.equal(await captured(), 0)
  })

  test('an operator still acts for it, and all is there again when it is resumed', async () => {
    const acting = { key: OPERATOR_KEY, headers: { 'tubepost-tenant': 'held' } }
    assert.equal((await doors.house.call('GET', '/accounts', acting)).status, 200)
    await suspend('resume')
    const said = await everyDoor()
    assert.match(said.imapLogin, /^OK /)
    assert.match(said.imapPlain, /^OK /)
    assert.match(said.pop3, /^\+OK/)
    assert.match(said.submission, /^235 /)
    assert.match(said.rcpt, /^250 /)
    assert.equal(said.api[0], 200)
    assert.equal(said.sent[0], 200)
    doors.house.clock.advance(20 * 60_000)
    await doors.house.runJobs()
    await settleQueues(doors.house)
    const { body } = await doors.house.call('GET', `/emails/${scheduled}`, { key })
    assert.match(body.last_event, /^(sent|delivered)$/)
    assert.ok((await captured()) >= 2)
  })

  test('other tenants feel nothing of it', async () => {
    await suspend('suspend')
    const imap = await doors.imap()
    assert.match((await imap.run('LOGIN alice@demo.test tubepost-demo')).at(-1)!, / OK /)
    await suspend('resume')
  })
})
