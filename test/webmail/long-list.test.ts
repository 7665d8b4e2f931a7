import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { fillMailbox } from '../bench/fill-mailbox.ts'
import { message } from '../house.ts'
import { type ServerProcess, startServerProcess } from '../server-process.ts'
import { messages, openBrowser, signIn, visit } from './browser.ts'

const COUNT = Number(process.env['TUBEPOST_LONG_LIST'] ?? 5_000)
/** Of one request of the list: what is on the screen, and a little beyond. */
const MOST_ROWS = 120

let server: ServerProcess
let browser: Browser

before(async () => {
  server = await startServerProcess()
  await fillMailbox(server, 'INBOX', COUNT, (number) =>
    message(`Number ${number}`, 'Hello.\r\n', `Message-ID: <${number}@example.net>\r\n`),
  )
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await server?.stop()
})

test(`a list of ${COUNT.toLocaleString('en')} scrolls and loads what it shows`, { timeout: 120_000 }, async () => {
  const { page, errors } = await visit(browser, server, 'desktop')
  let emails = 0
  let requests = 0
  page.on('response', async (response) => {
    if (!response.url().endsWith('/jmap/api')) return
    requests += 1
    const { methodResponses } = await response.json()
    for (const [name, result] of methodResponses) if (name === 'Email/query') emails += result.ids.length
  })
  await signIn(page, 'alice@demo.test')
  await messages(page).first().waitFor({ timeout: 30_000 })
  await page.getByText(`${COUNT.toLocaleString('en')} conversations`).waitFor()
  assert.ok(emails <= MOST_ROWS, `${emails} emails for the first screen`)
  assert.ok((await messages(page).count()) < 40, 'rows beyond the screen are no elements')

  // To the end and back in one go: what is passed by is never asked for.
  const rows = page.locator('.rows')
  const before = { emails, requests }
  for (const share of [0.5, 1, 0.25]) {
    await rows.evaluate((each, at) => {
      each.scrollTop = at * each.scrollHeight
    }, share)
    await page.waitForFunction(
      (at) => {
        const shown = [...document.querySelectorAll<HTMLElement>('.rows li.row')].map((each) =>
          Number(each.dataset['position']),
        )
        const middle = Math.floor(at * Number(document.querySelector('.rows li')?.getAttribute('aria-setsize')))
        return shown.some((position) => Math.abs(position - middle) < 20)
      },
      share,
      { timeout: 20_000 },
    )
  }
  assert.ok(emails - before.emails <= 3 * MOST_ROWS, `${emails - before.emails} emails for three places`)
  assert.ok(requests - before.requests <= 9, `${requests - before.requests} requests for three places`)

  // The keyboard goes to either end.
  await page.locator('.rows li.row a').first().focus()
  await page.keyboard.press('End')
  await page.waitForFunction(
    (last) => document.activeElement?.closest('li')?.getAttribute('aria-posinset') === String(last),
    COUNT,
  )
  await page.keyboard.press('Home')
  await page.waitForFunction(() => document.activeElement?.closest('li')?.getAttribute('aria-posinset') === '1')
  assert.deepEqual(errors, [])
})
