import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { type ServerProcess, startServerProcess } from '../server-process.ts'
import { broken } from './axe.ts'
import { openBrowser, openConversation, signIn, visit } from './browser.ts'
import { deliver } from './deliver.ts'

const SECTIONS = ['general', 'signatures', 'rules', 'vacation', 'app-passwords', 'security', 'storage']

for (const size of ['desktop', 'phone'] as const) {
  describe(`WCAG 2.1 AA, ${size}, light and dark`, () => {
    let server: ServerProcess
    let browser: Browser
    let page: Page
    before(async () => {
      server = await startServerProcess()
      browser = await openBrowser()
      await deliver(server, [
        {
          subject: 'Plain',
          text: 'Hello\n> quoted\n>> twice\nhttps://example.com/\n',
          attachments: [{ filename: 'a.txt', content: 'a' }],
        },
        { subject: 'Rich', html: '<p style="color:#222">Hello <img src="https://x.invalid/a.png" alt="a"></p>' },
      ])
      page = (await visit(browser, server, size)).page
      await page.getByRole('button', { name: 'Sign in' }).waitFor()
    })
    after(async () => {
      await browser?.close()
      await server?.stop()
    })
    const fine = async () => {
      for (const colorScheme of ['dark', 'light'] as const) {
        await page.emulateMedia({ colorScheme })
        assert.deepEqual(await broken(page), [], colorScheme)
      }
    }
    const act = (name: string) => page.getByRole('button', { name, exact: true }).click()

    test('sign-in', fine)
    test('list, selection and folders', async () => {
      await signIn(page, 'alice@demo.test')
      await page.getByText('Rich').first().waitFor()
      await fine()
      await page.getByRole('listitem').filter({ hasText: 'Plain' }).getByRole('checkbox').check()
      await fine()
      await act('Move')
      await fine()
      await page.keyboard.press('Escape')
      await act('Clear selection')
      if (size === 'phone') {
        await act('All folders')
        await fine()
        await act('Fewer folders')
      }
    })
    test('conversations', async () => {
      for (const subject of ['Plain', 'Rich']) {
        await openConversation(page, subject)
        await page.locator('.message-body').waitFor()
        if (subject === 'Rich') await page.getByRole('button', { name: 'Show images' }).waitFor()
        await fine()
        await act('More')
        await fine()
        await page.keyboard.press('Escape')
        await act(size === 'phone' ? 'Back to messages' : 'Close conversation')
      }
    })
    test('compose', async () => {
      await act('Compose')
      await page.getByRole('textbox', { name: 'To', exact: true }).pressSequentially('bo')
      await page.getByRole('option').first().waitFor()
      await fine()
      await page.keyboard.press('Escape')
      await act('Cc, Bcc')
      await act('Send')
      await page.getByRole('alert').filter({ hasText: 'not an email address' }).waitFor()
      await fine()
      await act('Discard draft')
    })
    test('search, and its help', async () => {
      await page.getByRole('searchbox', { name: 'Search mail' }).click()
      await fine()
      await page.getByRole('searchbox', { name: 'Search mail' }).fill('nothing-like-it')
      await page.keyboard.press('Enter')
      await page.getByText('Nothing found').waitFor()
      await fine()
    })
    test('settings', async () => {
      for (const section of SECTIONS) {
        await page.evaluate((to) => (location.hash = `#/settings/${to}`), section)
        await page.locator('.settings-section').waitFor()
        await page.getByText('Loading…').waitFor({ state: 'detached' })
        if (section === 'rules') await act('New rule')
        await fine()
      }
    })
  })
}
