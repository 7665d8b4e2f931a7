import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page, Request } from 'playwright-core'
import { type ServerProcess, startServerProcess } from '../server-process.ts'
import { messages, openBrowser, openConversation, type Size, signIn, visit } from './browser.ts'
import { deliver } from './deliver.ts'

const SUBJECTS = ['Apples', 'Bananas', 'Cherries', 'Dates', 'Elderberries', 'Figs', 'Grapes', 'Honeydews'] as const

for (const size of ['desktop', 'phone'] as const satisfies readonly Size[]) {
  describe(`organising mail, ${size}`, () => {
    let server: ServerProcess
    let browser: Browser
    let page: Page
    let seen: Awaited<ReturnType<typeof visit>>

    before(async () => {
      server = await startServerProcess()
      browser = await openBrowser()
      for (const subject of SUBJECTS) await deliver(server, [{ subject, text: `About ${subject}.` }])
      seen = await visit(browser, server, size)
      page = seen.page
      await signIn(page, 'alice@demo.test')
      await messages(page).nth(10).waitFor()
    })
    after(async () => {
      await browser?.close()
      await server?.stop()
    })
    const row = (subject: string) => messages(page).filter({ hasText: subject })
    const gone = (subject: string) => row(subject).waitFor({ state: 'detached' })
    const act = (name: string) => page.getByRole('button', { name, exact: true }).click()
    const to = async (folder: string) => {
      await page.getByRole('navigation', { name: 'Folders' }).getByRole('link', { name: folder }).click()
      await page.getByRole('heading', { name: folder, level: 1 }).waitFor()
    }
    const select = (subject: string) => row(subject).getByRole('checkbox').check()
    const menu = async (folder: string, item: string) => {
      const all = page.getByRole('button', { name: 'All folders' })
      if (await all.isVisible()) await all.click()
      const place = page.getByRole('navigation', { name: 'Folders' }).getByRole('listitem').filter({ hasText: folder })
      await place.hover()
      await place.getByRole('button', { name: 'Folder options' }).click()
      await page.getByRole('menuitem', { name: item }).click()
    }
    const fewer = async () => {
      const few = page.getByRole('button', { name: 'Fewer folders' })
      if (await few.isVisible()) await few.click()
    }

    test('archive, and back again', async () => {
      await openConversation(page, 'Apples')
      await act('Archive')
      await gone('Apples')
      await act('Undo')
      await row('Apples').waitFor()
      await openConversation(page, 'Apples')
      await act('Archive')
      await gone('Apples')
      await to('Archive')
      await row('Apples').waitFor()
      await openConversation(page, 'Apples')
      await act('Move to inbox')
      await gone('Apples')
      await to('Inbox')
      await row('Apples').waitFor()
    })

    test('delete goes to Trash, and from there for good once it is confirmed', async () => {
      await openConversation(page, 'Bananas')
      await act('Delete')
      await gone('Bananas')
      await to('Trash')
      await openConversation(page, 'Bananas')
      await act('Delete')
      await page.getByRole('dialog', { name: 'Delete for good?' }).getByRole('button', { name: 'Cancel' }).click()
      await act('Delete')
      await act('Yes, for good')
      await gone('Bananas')
      await page.getByText('Nothing here.').waitFor()
      await to('Inbox')
    })

    test('junk, and not junk', async () => {
      await openConversation(page, 'Cherries')
      await act('Junk')
      await gone('Cherries')
      await to('Junk')
      await openConversation(page, 'Cherries')
      await act('Not junk')
      await gone('Cherries')
      await to('Inbox')
      await row('Cherries').waitFor()
    })

    test('flags stay, in the row and in the conversation', async () => {
      await row('Dates').hover()
      await row('Dates').getByRole('button', { name: 'Flag' }).click()
      await row('Dates').getByRole('button', { name: 'Flag', pressed: true }).waitFor()
      await page.getByRole('searchbox', { name: 'Search mail' }).fill('is:flagged')
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'Search results' }).waitFor()
      await page.waitForFunction(() => document.querySelectorAll('.rows li.row').length === 1)
      await row('Dates').waitFor()
      await act('Clear search')
      await page.reload()
      await row('Dates').getByRole('button', { name: 'Flag', pressed: true }).waitFor()
    })

    test('a search that is answered before a flag has reached the server shows it all the same', async () => {
      const isAbout = (words: string) => (request: Request) => request.postData()?.includes(words) === true
      const searched = page.waitForResponse((response) => isAbout('hasKeyword')(response.request()))
      await page.route('**/jmap/api', async (route) => {
        if (isAbout('keywords/$flagged')(route.request())) await searched
        await route.continue()
      })
      await row('Grapes').hover()
      await row('Grapes').getByRole('button', { name: 'Flag' }).click()
      await page.getByRole('searchbox', { name: 'Search mail' }).fill('is:flagged')
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'Search results' }).waitFor()
      await row('Grapes').waitFor()
      await page.unroute('**/jmap/api')
      await act('Clear search')
    })

    test('unread again', async () => {
      await openConversation(page, 'Figs')
      await act('More')
      await page.getByRole('menuitem', { name: 'Mark as unread' }).click()
      await row('Figs').filter({ hasText: 'Unread' }).waitFor()
    })

    test('folders are made, renamed and deleted', async () => {
      const all = page.getByRole('button', { name: 'All folders' })
      if (await all.isVisible()) await all.click()
      await act('New folder')
      await page.getByRole('textbox', { name: 'Folder name' }).fill('Reisen 旅行')
      await act('Create')
      await fewer()
      await to('Reisen 旅行')
      await menu('Reisen 旅行', 'Rename or move')
      await page.getByRole('textbox', { name: 'Folder name' }).fill('Travel')
      await act('Save')
      await fewer()
      await to('Travel')
      await menu('Travel', 'New folder inside')
      await page.getByRole('textbox', { name: 'Folder name' }).fill('Lisbon')
      await act('Create')
      await fewer()
      await to('Lisbon')
      await menu('Lisbon', 'Delete folder')
      await act('Delete it')
      await page
        .getByRole('navigation', { name: 'Folders' })
        .getByRole('link', { name: 'Lisbon' })
        .waitFor({ state: 'detached' })
      await fewer()
      await to('Inbox')
    })

    test('several at once, into a folder that is found by typing', async () => {
      await select('Grapes')
      await select('Honeydews')
      await page.getByRole('status').filter({ hasText: '2 selected' }).waitFor()
      await act('Move')
      await page.getByRole('textbox', { name: 'Find a folder' }).fill('trav')
      await page.keyboard.press('Enter')
      await gone('Grapes')
      await gone('Honeydews')
      await to('Travel')
      await row('Grapes').waitFor()
      await row('Honeydews').waitFor()
      await to('Inbox')
    })

    if (size === 'desktop') {
      test('Shift selects all between', async () => {
        await row('Elderberries').getByRole('checkbox').click()
        await row('Cherries')
          .getByRole('checkbox')
          .click({ modifiers: ['Shift'] })
        await page.getByRole('status').filter({ hasText: '3 selected' }).waitFor()
        await page.keyboard.press('Escape')
        await page.getByRole('heading', { name: 'Inbox', level: 1 }).waitFor()
      })

      test('rows are dragged to folders', async () => {
        await row('Elderberries').dragTo(
          page.getByRole('navigation', { name: 'Folders' }).getByRole('link', { name: 'Travel' }),
        )
        await gone('Elderberries')
        await to('Travel')
        await row('Elderberries').waitFor()
        await to('Inbox')
      })

      test('the keyboard does it all', async () => {
        const isAt = (subject: string) =>
          page.waitForFunction((words) => document.activeElement?.closest('li')?.textContent?.includes(words), subject)
        await row('Figs').getByRole('link').focus()
        await page.keyboard.press('j')
        await isAt('Dates')
        await page.keyboard.press('ArrowDown')
        await isAt('Cherries')
        await page.keyboard.press('Enter')
        await page.getByRole('heading', { name: 'Cherries', level: 2 }).waitFor()
        await page.keyboard.press('e')
        await gone('Cherries')
        // The row that follows is where the keyboard goes on.
        await isAt('Apples')
        await page.keyboard.press('x')
        await page.getByRole('status').filter({ hasText: '1 selected' }).waitFor()
        await page.keyboard.press('Escape')
        await page.keyboard.press('/')
        await page.keyboard.type('figs')
        await page.keyboard.press('Enter')
        await page.getByRole('heading', { name: 'Search results' }).waitFor()
        await page.getByRole('searchbox').blur()
        await page.keyboard.press('g')
        await page.keyboard.press('i')
        await page.getByRole('heading', { name: 'Inbox', level: 1 }).waitFor()
        await page.keyboard.press('?')
        const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
        await help.waitFor()
        await page.keyboard.press('Escape')
        await help.waitFor({ state: 'detached' })
      })
    }

    test('nothing went wrong in the page', () => assert.deepEqual(seen.errors, []))
  })
}
