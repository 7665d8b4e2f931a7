import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { MailError, type MailErrorKind } from '../../shared/mailbox/errors.ts'
import type { AccountId } from '../../shared/mailbox/ids.ts'
import { parseMailboxPath } from '../../shared/mailbox/mailbox-path.ts'
import { DEMO, fill, type House, openHouse, PASSWORD } from '../house.ts'

let house: House
let account: AccountId
let people = 0
before(async () => {
  house = await openHouse()
})
after(() => house.close())
beforeEach(async () => {
  people += 1
  account = await house.store.directory.createAccount(
    DEMO,
    { localPart: `user${people}`, domain: 'demo.test' },
    PASSWORD,
  )
})

const FIRST = ['INBOX', 'Archive', 'Drafts', 'Junk', 'Sent', 'Trash']
const path = parseMailboxPath
const create = (name: string) => house.demo.mailboxes.create(account, path(name))
const remove = (name: string) => house.demo.mailboxes.delete(account, path(name))
const rename = (from: string, to: string) => house.demo.mailboxes.rename(account, path(from), path(to))
const subscribe = (name: string, on = true) => house.demo.mailboxes.subscribe(account, path(name), on)

/** Names beyond the first ones; `-` behind those that cannot be selected, `?` behind those that do not exist. */
async function names(): Promise<string[]> {
  const all = await house.demo.mailboxes.list(account)
  return all
    .map(({ path, mailbox, exists }) => `${path.join('/')}${exists ? (mailbox === undefined ? '-' : '') : '?'}`)
    .filter((name) => !FIRST.includes(name))
}

async function refused(kind: MailErrorKind, action: () => Promise<unknown>): Promise<void> {
  await assert.rejects(action, (error) => error instanceof MailError && error.kind === kind)
}

describe('names of mailboxes', () => {
  test('CREATE makes what is missing above; each once', async () => {
    await create('a/b/c')
    await create('a/d')
    assert.deepEqual(await names(), ['a', 'a/b', 'a/b/c', 'a/d'])
    await refused('mailbox-exists', () => create('a/b'))
    await refused('mailbox-exists', () => create('inbox'))
  })

  test('50 sessions make one name: one of them does, and every UIDVALIDITY is another', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => create('x/y')))
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
    const mailboxes = (await house.demo.mailboxes.list(account)).map(({ mailbox }) => mailbox!)
    const identities = await Promise.all(mailboxes.map((mailbox) => house.demo.snapshots.identity(mailbox)))
    assert.equal(new Set(identities.map(({ uidvalidity }) => uidvalidity)).size, FIRST.length + 2)
  })

  test('DELETE of a name with children leaves it to them, and takes a leaf away', async () => {
    await create('a/b')
    await remove('a')
    assert.deepEqual(await names(), ['a-', 'a/b'])
    await refused('mailbox-has-children', () => remove('a'))
    await refused('no-such-mailbox', () => house.demo.mailboxes.mailbox(account, ['a']))
    await remove('a/b')
    await remove('a')
    assert.deepEqual(await names(), [])
    await refused('no-such-mailbox', () => remove('a'))
    await refused('not-allowed', () => remove('INBOX'))
  })

  test('a name made again is another mailbox, with a later UIDVALIDITY', async () => {
    const before = await house.demo.snapshots.identity(await create('again'))
    await remove('again')
    const after = await house.demo.snapshots.identity(await create('again'))
    assert.ok(after.uidvalidity > before.uidvalidity)
  })

  test('RENAME moves everything below, and keeps the mailboxes', async () => {
    const inner = await create('a/b/c')
    await rename('a/b', 'x/y/z')
    assert.deepEqual(await names(), ['a', 'x', 'x/y', 'x/y/z', 'x/y/z/c'])
    assert.equal(await house.demo.mailboxes.mailbox(account, path('x/y/z/c')), inner)
    await refused('mailbox-exists', () => rename('x', 'a'))
    await refused('not-allowed', () => rename('x', 'x/y/w'))
    await refused('no-such-mailbox', () => rename('nothing', 'other'))
  })

  test('RENAME of INBOX moves its messages and leaves its children (RFC 9051 §6.3.6)', async () => {
    const inbox = await house.demo.mailboxes.mailbox(account, ['INBOX'])
    await fill(house, inbox, 3)
    await create('INBOX/child')
    await rename('INBOX', 'old/mail')
    assert.deepEqual(await names(), ['INBOX/child', 'old', 'old/mail'])
    assert.equal(await house.demo.mailboxes.mailbox(account, path('old/mail')), inbox)
    const fresh = await house.demo.mailboxes.mailbox(account, ['INBOX'])
    assert.notEqual(fresh, inbox)
    assert.equal((await house.demo.journal.newest(fresh)).totals.exists, 0)
    assert.equal((await house.demo.journal.newest(inbox)).totals.exists, 3)
  })

  test('INBOX can be renamed to a name below itself', async () => {
    const inbox = await house.demo.mailboxes.mailbox(account, ['INBOX'])
    await rename('INBOX', 'INBOX/old')
    assert.deepEqual(await names(), ['INBOX/old'])
    assert.equal(await house.demo.mailboxes.mailbox(account, path('INBOX/old')), inbox)
    await rename('INBOX', 'INBOX/older/still')
    assert.deepEqual(await names(), ['INBOX/old', 'INBOX/older', 'INBOX/older/still'])
  })

  test('a subscription outlives its mailbox, and can come before it (RFC 9051 §6.3.7)', async () => {
    await create('news')
    await subscribe('news')
    await remove('news')
    await subscribe('later/on')
    assert.deepEqual(await names(), ['later?', 'later/on?', 'news?'])
    await refused('no-such-mailbox', () => house.demo.mailboxes.mailbox(account, ['news']))
    await create('later/on')
    assert.deepEqual(await names(), ['later-', 'later/on', 'news?'])
    await subscribe('news', false)
    assert.deepEqual(await names(), ['later-', 'later/on'])
  })

  test('a child that is made while its parent is deleted is never lost', async () => {
    for (let round = 0; round < 10; round += 1) {
      await create(`p${round}`)
      await Promise.allSettled([remove(`p${round}`), create(`p${round}/c`)])
      assert.ok((await names()).includes(`p${round}/c`))
    }
  })
})

describe('mailbox names as text', () => {
  const VALID = [
    ['inbox', ['INBOX']],
    ['Inbox/Sub', ['INBOX', 'Sub']],
    ['a/b/', ['a', 'b']],
    ['Entwu\u0308rfe', ['Entw\u00fcrfe']],
    ['日本語', ['日本語']],
  ] as const
  for (const [text, levels] of VALID) test(`${text} is a name`, () => assert.deepEqual(path(text), levels))
  for (const text of ['', '/', '/a', 'a//b', 'a\u0007', 'a\r\nb', 'x'.repeat(241), 'a/'.repeat(33), '\ud800']) {
    test(`${JSON.stringify(text.slice(0, 12))} is none`, () => {
      assert.throws(
        () => path(text),
        (error) => error instanceof MailError && error.kind === 'invalid-name',
      )
    })
  }
})
