import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ImapFlow } from 'imapflow'
import type { Browser, Page } from 'playwright-core'
import { PASSWORD } from '../house.ts'
import { type ServerProcess, startServerProcess } from '../server-process.ts'
import { messages, openBrowser, type Size, signIn, urlOf, visit } from './browser.ts'
import { deliver } from './deliver.ts'

for (const size of ['desktop', 'phone'] as const satisfies readonly Size[]) {
  describe(`settings, ${size}`, () => {
    let server: ServerProcess
    let browser: Browser
    let page: Page
    let seen: Awaited<ReturnType<typeof visit>>

    before(async () => {
      server = await startServerProcess()
      browser = await openBrowser()
      seen = await visit(browser, server, size)
      page = seen.page
      await signIn(page, 'alice@demo.test')
    })
    after(async () => {
      await browser?.close()
      await server?.stop()
    })
    const act = (name: string) => page.getByRole('button', { name, exact: true }).click()
    const section = (name: string) =>
      page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name }).click()
    const field = (name: string) => page.getByRole('textbox', { name, exact: true })

    test('the account menu leads there', async () => {
      await act('Account alice@demo.test')
      await page.getByRole('menuitem', { name: 'Settings' }).click()
      await page.getByRole('heading', { name: 'Settings', exact: true }).waitFor()
    })

    test('light and dark', async () => {
      const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
      await page.getByRole('radio', { name: 'Light' }).check()
      const light = await ground()
      await page.getByRole('radio', { name: 'Dark' }).check()
      assert.notEqual(await ground(), light)
      await page.reload()
      await page.getByRole('radio', { name: 'Dark', checked: true }).waitFor()
      await page.getByRole('radio', { name: 'As this device' }).check()
      assert.equal(await ground(), light)
    })

    test('a rule files what comes in', async () => {
      await section('Rules')
      await act('New rule')
      await field('Name of the rule').fill('Carla')
      await field('Words, condition 1').fill('carla@example.net')
      await page.getByRole('combobox', { name: 'Move to' }).selectOption({ label: 'Archive' })
      await page.getByRole('checkbox', { name: 'Flag' }).check()
      await act('Save the rule')
      await page
        .getByRole('list', { name: 'Rules' })
        .getByText('From has “carla@example.net”: into Archive, flagged')
        .waitFor()
      await act('Back to mail')
      await deliver(server, [{ subject: 'Filed' }])
      await page.getByRole('navigation', { name: 'Folders' }).getByRole('link', { name: 'Archive' }).click()
      await messages(page).filter({ hasText: 'Filed' }).getByRole('button', { name: 'Flag', pressed: true }).waitFor()
      await messages(page).filter({ hasText: 'Filed' }).click()
      await page.getByRole('button', { name: 'Message actions' }).click()
      await page.getByRole('menuitem', { name: 'Make a rule of it' }).click()
      await page.getByRole('form', { name: 'Rule' }).waitFor()
      assert.equal(await field('Words, condition 1').inputValue(), 'carla@example.net')
      await act('Cancel')
      await act('Remove Carla')
      await page.getByText('There is none: everything comes into the inbox.').waitFor()
    })

    test('who writes while one is away is answered', async () => {
      await section('Vacation')
      await page.getByRole('checkbox', { name: 'Answer while I am away' }).check()
      await field('Text of the answer').fill('I am at the sea.')
      await act('Save')
      await page.getByText('Whoever writes is answered').waitFor()
      const bob = (await visit(browser, server, 'desktop')).page
      await signIn(bob, 'bob@demo.test')
      await deliver(server, [{ subject: 'Are you there?', from: 'Bob <bob@demo.test>' }])
      await messages(bob).filter({ hasText: 'I am at the sea.' }).waitFor()
      await bob.context().close()
      await page.reload()
      await page.getByRole('checkbox', { name: 'Answer while I am away', checked: true }).uncheck()
      await act('Save')
      await page.getByText('Nobody is answered by itself').waitFor()
    })

    test('the signature stands under what is written', async () => {
      await section('Name and signature')
      await field('Your name').fill('Alice Löwe')
      await field('Signature').fill('Alice\nTubepost House')
      await act('Save')
      await page.getByText('Kept for alice@demo.test').waitFor()
      await act('Back to mail')
      await act('Compose')
      assert.match(await field('Message').innerText(), /--\s+Alice\s+Tubepost House/)
      await act('Discard draft')
      await page.goto(`${urlOf(server)}/#/settings/app-passwords`)
    })

    test('an app password opens IMAP, until it is taken back', async () => {
      await field('What is it for?').fill('Telephone')
      await act('Make an app password')
      const secret = (await page.locator('.secret code').innerText()).trim()
      const connect = () =>
        new ImapFlow({
          host: '127.0.0.1',
          port: server.ports['imap']!,
          secure: false,
          doSTARTTLS: false,
          logger: false,
          auth: { user: 'alice@demo.test', pass: secret },
        })
      const client = connect()
      await client.connect()
      await client.logout()
      await page
        .getByRole('listitem')
        .filter({ hasText: 'Telephone' })
        .getByRole('button', { name: 'Take back' })
        .click()
      await page.getByText('There is none.').waitFor()
      await assert.rejects(connect().connect())
    })

    test('another browser is signed out from here', async () => {
      const other = await visit(browser, server, 'phone')
      await signIn(other.page, 'alice@demo.test')
      await section('General')
      await section('Password and sessions')
      const sessions = page.getByRole('list', { name: 'Sessions' })
      await sessions.getByText('(this one)').waitFor()
      const others = sessions.getByRole('button', { name: 'Sign it out' })
      await others.first().waitFor()
      while ((await others.count()) > 0) {
        const count = await others.count()
        await others.first().click()
        await page.waitForFunction(
          (before) => document.querySelectorAll('[aria-label=Sessions] button').length < before,
          count,
        )
      }
      await other.page.getByRole('button', { name: 'Refresh' }).click()
      await other.page.getByText('Your session has ended.').waitFor()
      await other.context.close()
    })

    test('a new password ends every session and is the one from then on', async () => {
      await page.goto(`${urlOf(server)}/#/settings/security`)
      await page.reload()
      if (await page.getByRole('button', { name: 'Sign in' }).isVisible()) await signIn(page, 'alice@demo.test')
      await page.getByLabel('Present password').fill('not it')
      await page.getByLabel('New password', { exact: true }).fill('a new password')
      await page.getByLabel('New password, again').fill('a new password')
      await act('Change the password')
      await page.getByRole('alert').filter({ hasText: 'The present password is not right.' }).waitFor()
      await page.getByLabel('Present password').fill(PASSWORD)
      await act('Change the password')
      await page.getByText('Your session has ended.').waitFor()
      await page.getByRole('textbox', { name: 'Password', exact: true }).fill('a new password')
      await act('Sign in')
      await page.getByText('Your session has ended.').waitFor({ state: 'detached' })
    })

    test('nothing went wrong in the page', () => assert.deepEqual(seen.errors, []))
  })
}
