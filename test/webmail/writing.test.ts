import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { type ServerProcess, startServerProcess } from '../server-process.ts'
import { messages, openBrowser, openConversation, type Size, signIn, visit } from './browser.ts'
import { deliver } from './deliver.ts'

for (const size of ['desktop', 'phone'] as const satisfies readonly Size[]) {
  describe(`writing mail, ${size}`, () => {
    let server: ServerProcess
    let browser: Browser
    let page: Page
    let seen: Awaited<ReturnType<typeof visit>>
    /** bob's, beside alice's. */
    let bob: Page

    before(async () => {
      server = await startServerProcess()
      browser = await openBrowser()
      seen = await visit(browser, server, size)
      page = seen.page
      await signIn(page, 'alice@demo.test')
      bob = (await visit(browser, server, 'desktop')).page
      await signIn(bob, 'bob@demo.test')
    })
    after(async () => {
      await browser?.close()
      await server?.stop()
    })
    const field = (name: string) => page.getByRole('textbox', { name, exact: true })
    const act = (name: string) => page.getByRole('button', { name, exact: true }).click()
    const to = async (folder: string) => {
      await page.getByRole('navigation', { name: 'Folders' }).getByRole('link', { name: folder }).click()
      await page.getByRole('heading', { name: folder, level: 1 }).waitFor()
    }
    const back = () => act(size === 'phone' ? 'Back to messages' : 'Close conversation')
    const saved = () => page.getByText('Kept among the drafts').waitFor()
    const letGo = () => page.getByText('Message sent').waitFor({ state: 'detached', timeout: 15_000 })
    const undoSeconds = async (seconds: string) => {
      await page.goto(`${new URL(page.url()).origin}/#/settings/general`)
      await page.getByRole('combobox', { name: 'What you send can be taken back for' }).selectOption(seconds)
      await act('Back to mail')
    }

    test('what is sent can be taken back for some seconds, and goes out after them', async () => {
      await undoSeconds('5')
      await act('Compose')
      await field('To').fill('bob@demo.test')
      await field('Subject').fill('Hello from the web 🌍')
      await field('Message').fill('First line.\nSecond line: ünïcödé.')
      await act('Send')
      await page.getByText('Message sent').waitFor()
      await act('Undo')
      assert.equal(await field('Subject').inputValue(), 'Hello from the web 🌍')
      assert.match(await field('Message').innerText(), /First line\.\s+Second line: ünïcödé\./)
      await field('Message').press('End')
      await act('Send')
      await messages(bob).filter({ hasText: 'Hello from the web 🌍' }).waitFor({ timeout: 20_000 })
      assert.equal(await messages(bob).filter({ hasText: 'Hello from the web' }).count(), 1)
      await openConversation(bob, 'Hello from the web')
      const words = bob.frameLocator('article iframe').locator('body')
      assert.match(await words.innerText(), /First line\.\s+Second line: ünïcödé\./)
      await to('Sent')
      await messages(page).filter({ hasText: 'To: bob' }).filter({ hasText: 'Hello from the web' }).waitFor()
      await to('Inbox')
      await letGo()
      await undoSeconds('0')
    })

    test('a draft is kept: over a reload, and on the server', async () => {
      await act('Compose')
      await field('To').fill('bob@demo.test')
      await field('Subject').fill('Half a thought')
      await field('Message').fill('It begins')
      await page.reload()
      await field('Message').filter({ hasText: 'It begins' }).waitFor()
      assert.equal(await field('Subject').inputValue(), 'Half a thought')
      await saved()
      // What the server has stands in nobody's way after a reload, and is one step away.
      await page.reload()
      await act('Go on writing')
      await field('Message').fill('It begins and goes on')
      await act('Close and keep the draft')
      await field('Message').waitFor({ state: 'detached' })
      await to('Drafts')
      await messages(page).filter({ hasText: 'Half a thought' }).first().click()
      await field('Message').filter({ hasText: 'It begins and goes on' }).waitFor()
      await act('Discard draft')
      await messages(page).first().waitFor({ state: 'detached' })
      await to('Inbox')
    })

    test('what cannot be sent is said, and nothing is lost', async () => {
      await act('Compose')
      await field('Message').fill('To whom?')
      await act('Send')
      await page.getByRole('alert').filter({ hasText: 'who this is for' }).waitFor()
      await field('To').fill('nobody at all')
      await act('Send')
      await page.getByRole('alert').filter({ hasText: '“nobody at all” is not an email address' }).waitFor()
      await page.route('**/jmap/api', (route) => route.abort())
      await field('To').fill('bob@demo.test')
      await act('Send')
      await page.getByRole('alert').filter({ hasText: 'Not sent.' }).waitFor()
      await page.unroute('**/jmap/api')
      assert.match(await field('Message').innerText(), /To whom\?/)
      await act('Send')
      await field('Message').waitFor({ state: 'detached' })
      await messages(bob).filter({ hasText: 'To whom?' }).waitFor()
    })

    test('addresses are completed', async () => {
      await act('Compose')
      await field('To').pressSequentially('bo')
      await page.getByRole('option', { name: /bob@demo\.test/ }).waitFor()
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Enter')
      assert.match(await field('To').inputValue(), /bob@demo\.test>?, $/)
      await act('Discard draft')
    })

    test('a session that ends asks for the password, and what was written is still there', async () => {
      await act('Compose')
      await field('Subject').fill('Interrupted')
      await seen.context.clearCookies()
      await field('Message').fill('in the middle')
      await page.getByText('Your session has ended.').waitFor()
      await page.getByRole('textbox', { name: 'Password' }).fill('tubepost-demo')
      await act('Sign in')
      assert.match(await field('Message').innerText(), /in the middle/)
      await saved()
      await act('Discard draft')
    })

    test('reply answers the author, and quotes', async () => {
      await deliver(server, [
        {
          subject: 'Question',
          html: '<p>How <b>are</b> you?</p><script>1</script>',
          from: 'Bob <bob@demo.test>',
          to: 'alice@demo.test, carla@example.net',
          messageId: '<question@example.net>',
        },
      ])
      await openConversation(page, 'Question')
      await act('Reply')
      assert.equal(await field('To').inputValue(), 'Bob <bob@demo.test>')
      assert.equal(await field('Subject').inputValue(), 'Re: Question')
      const quote = field('Message').locator('blockquote')
      assert.equal((await quote.innerText()).trim(), 'How are you?')
      assert.equal(await quote.locator('b').innerText(), 'are')
      await page.keyboard.type('Fine, thanks.')
      await act('Send')
      await messages(bob).filter({ hasText: 'Re: Question' }).filter({ hasText: 'Fine, thanks.' }).waitFor()
      await page.getByRole('article').filter({ hasText: 'to bob' }).waitFor()
    })

    test('reply all reaches all but oneself', async () => {
      await page.getByRole('article').first().getByRole('button', { name: 'Message actions' }).click()
      await page.getByRole('menuitem', { name: 'Reply all' }).click()
      assert.equal(await field('To').inputValue(), 'Bob <bob@demo.test>, carla@example.net')
      await act('Discard draft')
      await back()
    })

    test('forward takes the message and its files along', async () => {
      const attachments = [{ filename: 'plan.txt', content: 'the plan', contentType: 'text/plain' }]
      await deliver(server, [{ subject: 'A plan', html: '<p>See <i>the file</i>.</p>', attachments }])
      await openConversation(page, 'A plan')
      await act('Forward')
      assert.equal(await field('Subject').inputValue(), 'Fwd: A plan')
      const files = page.getByRole('list', { name: 'Attached files' })
      await files.getByText('plan.txt').waitFor()
      await page
        .locator('input[type=file]')
        .setInputFiles({ name: 'more.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(300_000, 1) })
      await files.getByText('300 KB').waitFor()
      await field('To').fill('bob@demo.test')
      await field('Message').pressSequentially('For you.')
      await act('Send')
      await field('Message').waitFor({ state: 'detached' })
      await messages(bob).filter({ hasText: 'Fwd: A plan' }).waitFor()
      await openConversation(bob, 'Fwd: A plan')
      const list = bob.getByRole('region', { name: 'Attachments' })
      await list.getByRole('link', { name: 'more.bin 300 KB' }).waitFor()
      const download = bob.waitForEvent('download')
      await list.getByRole('link', { name: /plan\.txt/ }).click()
      const stream = await (await download).createReadStream()
      assert.equal(Buffer.concat(await stream.toArray()).toString(), 'the plan')
      const words = bob.frameLocator('article iframe').locator('body')
      assert.match(await words.innerText(), /For you\.[\s\S]*Forwarded message[\s\S]*Carla Sender[\s\S]*See the file\./)
      await back()
    })

    test('a file on its way shows how far it is, and can be let go', async () => {
      await act('Compose')
      let release = () => {}
      const held = new Promise<void>((resolve) => (release = resolve))
      await page.route('**/jmap/upload/**', async (route) => {
        await held
        await route.continue().catch(() => undefined) // it was let go meanwhile
      })
      await page
        .locator('input[type=file]')
        .setInputFiles({ name: 'slow.bin', mimeType: 'application/x-slow', buffer: Buffer.alloc(1000) })
      await page.getByRole('progressbar', { name: 'Uploading slow.bin' }).waitFor()
      await act('Remove slow.bin')
      await page.getByText('slow.bin').waitFor({ state: 'detached' })
      release()
      await page.unroute('**/jmap/upload/**')
      await act('Discard draft')
    })

    test('nothing went wrong in the page', () => {
      const expected = ['ERR_FAILED', 'ERR_ABORTED']
      assert.deepEqual(
        seen.errors.filter((text) => !expected.some((each) => text.includes(each))),
        [],
      )
    })
  })
}
