import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { type ServerProcess, startServerProcess } from '../server-process.ts'
import { messages, openBrowser, openConversation, type Size, signIn, urlOf, visit } from './browser.ts'
import { deliver } from './deliver.ts'

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mNk+M9Qz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC',
  'base64',
)

/** What was asked of JMAP by POST while `work` ran. */
async function roundTrips(page: Page, work: () => Promise<unknown>): Promise<number> {
  let count = 0
  const counted = (request: { url(): string }) => {
    if (request.url().endsWith('/jmap/api')) count += 1
  }
  page.on('request', counted)
  await work()
  page.off('request', counted)
  return count
}

for (const size of ['desktop', 'phone'] as const satisfies readonly Size[]) {
  describe(`reading mail, ${size}`, () => {
    let server: ServerProcess
    let browser: Browser
    let page: Page
    let seen: Awaited<ReturnType<typeof visit>>

    before(async () => {
      server = await startServerProcess()
      browser = await openBrowser()
      seen = await visit(browser, server, size)
      page = seen.page
    })
    after(async () => {
      await browser?.close()
      await server?.stop()
    })
    const back = async () => {
      const close = size === 'phone' ? 'Back to messages' : 'Close conversation'
      await page.getByRole('button', { name: close }).click()
    }

    test('a wrong password is told, a right one shows the folders and the messages', async () => {
      await page.getByRole('textbox', { name: 'Email address' }).fill('alice@demo.test')
      await page.getByRole('textbox', { name: 'Password' }).fill('wrong')
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByRole('alert').filter({ hasText: 'do not belong together' }).waitFor()
      await signIn(page, 'alice@demo.test')
      const folders = page.getByRole('navigation', { name: 'Folders' })
      await folders.getByRole('link', { name: 'Inbox 3 unread' }).waitFor()
      for (const name of ['Drafts', 'Sent', 'Archive', 'Junk', 'Trash'])
        await folders.getByRole('link', { name }).waitFor()
      const lunch = messages(page).filter({ hasText: 'Lunch on Friday?' })
      assert.match(await lunch.innerText(), /Unread[\s\S]*Bob[\s\S]*:\d\d[\s\S]*Lunch on Friday\?/)
      assert.match(await page.title(), /^\(3\) Inbox/)
    })

    test('a conversation opens in one round trip, and is read then', async () => {
      const count = await roundTrips(page, async () => {
        await openConversation(page, 'Lunch on Friday?')
        await page.getByText('The place by the river').last().waitFor()
      })
      assert.equal(count, 1)
      await page.getByRole('heading', { name: 'Lunch on Friday?' }).waitFor()
      await back()
      await messages(page).filter({ hasText: 'Lunch' }).and(page.locator(':not(.is-unread)')).waitFor()
      await page.getByRole('link', { name: 'Inbox 2 unread' }).waitFor()
      // Read once, it is here: opened again it needs nothing of the server.
      assert.equal(await roundTrips(page, () => openConversation(page, 'Lunch on Friday?')), 0)
      await back()
    })

    test('messages of a conversation stand together, those read before folded', async () => {
      await deliver(server, [{ subject: 'Plans', text: 'First words.', messageId: '<plans-1@example.net>' }])
      await openConversation(page, 'Plans')
      await page.getByText('First words.').last().waitFor()
      await back()
      const answer = {
        subject: 'Re: Plans',
        text: 'Second words.',
        messageId: '<plans-2@example.net>',
        inReplyTo: '<plans-1@example.net>',
      }
      await deliver(server, [{ ...answer, from: 'Dora <dora@example.net>' }])
      const row = messages(page).filter({ hasText: 'Re: Plans' })
      await row.filter({ hasText: 'Carla Sender, Dora' }).filter({ hasText: '2 messages' }).waitFor()
      await openConversation(page, 'Re: Plans')
      await page.locator('article').filter({ hasText: 'Second words.' }).waitFor()
      const first = page.getByRole('article', { name: 'Message from Carla Sender' })
      assert.equal(await first.locator('.message-body').count(), 0)
      await first.getByRole('button', { expanded: false }).first().click()
      await first.locator('.message-body').getByText('First words.').waitFor()
      await back()
    })

    test('new mail comes by itself, and the title counts it', async () => {
      await deliver(server, [{ subject: 'Just now', text: 'Here I am.' }])
      await messages(page).filter({ hasText: 'Just now' }).waitFor()
      await page.waitForFunction(() => document.title.startsWith('(3) Inbox'))
      // Where it is said to those who do not see it come.
      await page.getByText('New message from Carla Sender: Just now').waitFor({ state: 'attached' })
    })

    test('attachments are named with their size, and fetched when they are opened', async () => {
      const attachments = [
        { filename: 'Zahlen – 数字.csv', content: 'a,b\n1,2\n', contentType: 'text/csv' },
        { filename: 'picture.png', content: PNG, contentType: 'image/png' },
      ]
      await deliver(server, [{ subject: 'With files', text: 'See below.', attachments }])
      await openConversation(page, 'With files')
      const list = page.getByRole('region', { name: 'Attachments' })
      await list.getByRole('link', { name: 'Zahlen – 数字.csv 8 bytes' }).waitFor()
      assert.deepEqual(
        seen.requested.filter((url) => url.includes('/jmap/download/')),
        [],
      )
      const download = page.waitForEvent('download')
      await list.getByRole('link', { name: /csv/ }).click()
      assert.equal((await download).suggestedFilename(), 'Zahlen – 数字.csv')
      await list.getByRole('link', { name: /picture/ }).click()
      const shown = page.getByRole('dialog', { name: 'picture.png' }).getByRole('img')
      await page.waitForFunction(
        () => (document.querySelector<HTMLImageElement>('dialog img')?.naturalWidth ?? 0) === 10,
      )
      await shown.waitFor()
      await page.keyboard.press('Escape')
      await shown.waitFor({ state: 'detached' })
      await back()
    })

    test('images that come with a message show; those from elsewhere wait to be asked for', async () => {
      const html =
        '<p>Look: <img src="cid:inside@x" alt="inside"><img src="https://tracker.invalid/a.gif" alt="outside"></p>'
      const attachments = [{ filename: 'inside.png', content: PNG, contentType: 'image/png', cid: 'inside@x' }]
      await deliver(server, [{ subject: 'Pictures', html, attachments }])
      await openConversation(page, 'Pictures')
      const frame = page.frameLocator('article iframe')
      const inside = frame.getByRole('img', { name: 'inside' })
      await inside.waitFor()
      await page.waitForFunction(() => {
        const image = document.querySelector('iframe')?.contentDocument?.querySelector('img')
        return image?.complete && image.naturalWidth === 10
      })
      const outside = () => seen.requested.filter((url) => url.includes('tracker.invalid'))
      assert.deepEqual(outside(), [])
      assert.equal(
        await page.getByRole('region', { name: 'Attachments' }).count(),
        0,
        'what is shown inside is no attachment',
      )
      await page.getByRole('button', { name: 'Show images' }).click()
      await page.waitForFunction(() => {
        const images = document.querySelector('iframe')?.contentDocument?.querySelectorAll('img')
        return images?.[1]?.getAttribute('src') === 'https://tracker.invalid/a.gif'
      })
      assert.deepEqual(outside(), ['https://tracker.invalid/a.gif'])
      await back()
    })

    test('links open a page of their own that knows nothing of this one', async () => {
      await deliver(server, [{ subject: 'A link', html: `<p>Go <a href="${urlOf(server)}/docs">there</a>.</p>` }])
      await openConversation(page, 'A link')
      const opened = seen.context.waitForEvent('page')
      await page.frameLocator('article iframe').getByRole('link', { name: 'there' }).click()
      const other = await opened
      await other.waitForLoadState()
      assert.equal(other.url(), `${urlOf(server)}/docs`)
      assert.equal(await other.evaluate(() => window.opener), null)
      await other.close()
      await back()
    })

    test('every script of the world is read in its own direction', async () => {
      await deliver(server, [
        { subject: 'مرحبا بالعالم 🎉', text: 'هذه رسالة.', from: 'محمد <m@example.net>' },
        { subject: '关于下周的会议', text: '星期三见。', from: '王小明 <w@example.net>' },
      ])
      const arabic = messages(page).filter({ hasText: 'مرحبا بالعالم 🎉' })
      assert.equal(await arabic.locator('.row-subject').evaluate((each) => getComputedStyle(each).direction), 'rtl')
      await openConversation(page, 'مرحبا بالعالم')
      const line = page.locator('.plain-text div[dir]').getByText('هذه رسالة.')
      assert.equal(await line.evaluate((each) => getComputedStyle(each).direction), 'rtl')
      await back()
      await openConversation(page, '关于下周的会议')
      await page.getByText('星期三见。').last().waitFor()
      await back()
    })

    test('search understands operators', async () => {
      const search = page.getByRole('searchbox', { name: 'Search mail' })
      const find = async (words: string, subjects: readonly string[]) => {
        await search.fill(words)
        await search.press('Enter')
        await page.getByRole('heading', { name: 'Search results' }).waitFor()
        await page.waitForFunction(
          (count) => document.querySelectorAll('.rows li.row').length === count,
          subjects.length,
        )
        for (const subject of subjects) await messages(page).filter({ hasText: subject }).waitFor()
      }
      await find('from:bob subject:lunch', ['Lunch on Friday?'])
      await find('has:attachment subject:files', ['With files'])
      await find('"second words"', ['Plans'])
      await find('subject:plans -from:dora', ['Plans'])
      await find('in:archive lunch', [])
      await page.getByText('Nothing found').waitFor()
      await page.getByRole('button', { name: 'Clear search' }).click()
      await page.getByRole('heading', { name: 'Inbox' }).waitFor()
    })

    test('what fails is said, and tried again; a connection that comes back is noticed', async () => {
      const folders = page.getByRole('navigation', { name: 'Folders' })
      await page.route('**/jmap/api', (route) => route.abort())
      await folders.getByRole('link', { name: 'Sent' }).click()
      await page.getByRole('alert').filter({ hasText: 'cannot be reached' }).waitFor()
      await page.unroute('**/jmap/api')
      await page.getByRole('button', { name: 'Try again' }).first().click()
      await page.getByText('Nothing here.').waitFor()
      await seen.context.setOffline(true)
      await page.getByText('No connection to the server.').waitFor()
      await seen.context.setOffline(false)
      await page.getByText('No connection to the server.').waitFor({ state: 'detached' })
      await folders.getByRole('link', { name: 'Inbox' }).click()
      await messages(page).first().waitFor()
    })

    test('a reload comes back to where one was', async () => {
      await openConversation(page, 'Plans')
      await page.reload()
      await page.getByRole('heading', { name: 'Plans' }).waitFor()
      await page.locator('article').filter({ hasText: 'Second words.' }).waitFor()
      await back()
    })

    test('signing out leaves nothing on the screen', async () => {
      await page.getByRole('button', { name: 'Account alice@demo.test' }).click()
      await page.getByRole('menuitem', { name: 'Sign out' }).click()
      await page.getByRole('button', { name: 'Sign in' }).waitFor()
      assert.equal(await page.getByText('Plans').count(), 0)
      await page.reload()
      await page.getByRole('button', { name: 'Sign in' }).waitFor()
    })

    test('nothing went wrong in the page', () => {
      const expected = [
        'ERR_INTERNET_DISCONNECTED',
        'ERR_FAILED',
        'ERR_CONNECTION',
        'tracker.invalid',
        'ERR_NAME_NOT_RESOLVED',
      ]
      assert.deepEqual(
        seen.errors.filter((text) => !expected.some((each) => text.includes(each))),
        [],
      )
    })
  })
}
