import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import type { Browser, Frame, Page } from 'playwright-core'
import { type ServerProcess, startServerProcess } from '../server-process.ts'
import { messages, openBrowser, openConversation, signIn, urlOf, visit } from './browser.ts'
import { deliver } from './deliver.ts'
import { type HostileCase, hostileCases, IMAGE_PATHS } from './hostile-html.ts'

/** What may stand in a message's frame at all. */
const NEVER =
  'script, iframe, object, embed, form, input, button, select, textarea, svg, math, link, meta[http-equiv], base, video, audio, source, template, noscript, [onerror], [onload], [srcset], [ping], [id], [name]'

describe('hostile HTML runs nothing and loads nothing', () => {
  let server: ServerProcess
  let browser: Browser
  let trap: Server
  let cases: HostileCase[]
  const hits: string[] = []

  before(async () => {
    trap = createServer((request, response) => {
      hits.push(request.url ?? '')
      response.writeHead(200, { 'content-type': 'image/png', 'access-control-allow-origin': '*' }).end()
    })
    await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve))
    cases = hostileCases(`http://127.0.0.1:${(trap.address() as AddressInfo).port}`)
    server = await startServerProcess()
    browser = await openBrowser()
    await deliver(
      server,
      cases.map(({ name, html }, at) => ({
        subject: 'Hostile',
        html,
        from: `Case ${at} <case-${at}@example.net>`,
        messageId: `<hostile-${at}@example.net>`,
        headers: { 'X-Case': name },
        // One conversation of them all, so that one page holds every frame.
        ...(at > 0 && { inReplyTo: '<hostile-0@example.net>' }),
      })),
    )
  })

  after(async () => {
    await browser?.close()
    await server?.stop()
    trap?.close()
  })

  test('as a conversation opens, and when its images were asked for', { timeout: 240_000 }, async () => {
    const { page, context, requested, errors } = await visit(browser, server, 'desktop')
    page.setDefaultTimeout(60_000) // so many frames at once are no everyday conversation
    const opened: string[] = []
    page.on('dialog', (dialog) => {
      opened.push(`dialog ${dialog.message()}`)
      void dialog.dismiss()
    })
    context.on('page', (popup) => opened.push(`page ${popup.url()}`))
    await signIn(page, 'alice@demo.test')
    await messages(page)
      .filter({ hasText: 'Hostile' })
      .filter({ hasText: `${cases.length} messages` })
      .waitFor({ timeout: 60_000 })
    await openConversation(page, 'Hostile')
    await page
      .locator('article iframe')
      .nth(cases.length - 1)
      .waitFor({ state: 'attached' })
    const frames = await filled(page, cases.length)
    const place = page.url()
    for (const [at, frame] of frames.entries()) await inspect(frame, cases[at]!)
    await settle(page)
    assert.deepEqual(hits, [], 'nothing is asked for before the reader asks')

    for (;;) {
      const show = page.getByRole('button', { name: 'Show images' }).first()
      if ((await show.count()) === 0) break
      await show.click()
    }
    const again = await filled(page, cases.length)
    for (const [at, frame] of again.entries()) await inspect(frame, cases[at]!)
    await until(async () => hits.length >= 10)
    await settle(page)
    assert.deepEqual(
      hits.filter((path) => !IMAGE_PATHS.includes(path)),
      [],
      'images alone',
    )

    assert.deepEqual(opened, [])
    assert.deepEqual(await marks(page), [])
    assert.equal(page.url(), place)
    const own = urlOf(server)
    const trapHost = `127.0.0.1:${(trap.address() as AddressInfo).port}`
    const foreign = requested.filter((url) => !url.startsWith(own) && !url.startsWith('data:'))
    // What names no scheme is asked for by https, as the message has none of its own.
    const asked = IMAGE_PATHS.flatMap((path) => [`http://${trapHost}${path}`, `https://${trapHost}${path}`])
    assert.deepEqual(
      foreign.filter((url) => !asked.includes(url)),
      [],
    )
    // What the browser says of what it kept from happening: while a message is taken apart, in a document of its sandbox.
    const told = ['Content Security Policy', 'ERR_SSL', 'Blocked script execution']
    assert.deepEqual(
      errors.filter((text) => !told.some((words) => text.includes(words))),
      [],
    )
    await context.close()
  })
})

/** The messages' frames in their order, once each holds its message. */
async function filled(page: Page, count: number): Promise<Frame[]> {
  const frames: Frame[] = []
  for (let at = 0; at < count; at++) {
    const frame = await (await page.locator('article iframe').nth(at).elementHandle())!.contentFrame()
    await frame!.getByText('Words before.').first().waitFor()
    frames.push(frame!)
  }
  return frames
}

async function inspect(frame: Frame, { name }: HostileCase): Promise<void> {
  const found = await frame.evaluate((never) => {
    const handlers = [...document.querySelectorAll('*')].flatMap(({ attributes }) =>
      [...attributes].filter((each) => each.name.startsWith('on')).map((each) => each.name),
    )
    const links = [...document.querySelectorAll('[href]')].filter(
      (each) => !each.matches('head link') && !/^(https?|mailto|tel):/.test(each.getAttribute('href')!),
    )
    const open = [...document.querySelectorAll('a[href]')].filter(
      (each) => each.getAttribute('rel') !== 'noopener noreferrer' || each.getAttribute('target') !== '_blank',
    )
    const over = [...document.querySelectorAll('body *')].filter((each) =>
      ['fixed', 'absolute'].includes(getComputedStyle(each).position),
    )
    const bad = [...document.body.querySelectorAll(never)]
    return { handlers, bad: [...bad, ...links, ...open, ...over].map((each) => each.outerHTML) }
  }, NEVER)
  assert.deepEqual(found, { handlers: [], bad: [] }, name)
  assert.equal(await frame.evaluate(() => 'pwned' in window), false, name)
}

async function marks(page: Page): Promise<string[]> {
  return page.evaluate(() => ('pwned' in window ? ['pwned'] : []))
}

/** Long enough for whatever a message might still have started: frames are drawn, and requests made after them have their answers. */
async function settle(page: Page): Promise<void> {
  await page.evaluate(async () => {
    for (let turn = 0; turn < 5; turn++) {
      await new Promise((done) => requestAnimationFrame(done))
      await (await fetch('/health')).text()
    }
  })
}

async function until(holds: () => Promise<boolean>, withinMs = 20_000): Promise<void> {
  const end = Date.now() + withinMs
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('it did not come to hold')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
