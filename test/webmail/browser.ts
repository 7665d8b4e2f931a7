/** Debian's Chromium on the server as its users run it. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { PASSWORD } from '../house.ts'
import type { ServerProcess } from '../server-process.ts'

export const SIZES = {
  desktop: { width: 1360, height: 850 },
  phone: { width: 390, height: 844 },
} as const
export type Size = keyof typeof SIZES

/** TUBEPOST_CHROMIUM, else what the path has. */
function executable(): string {
  const named = process.env['TUBEPOST_CHROMIUM']
  if (named !== undefined && existsSync(named)) return named
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    try {
      return execFileSync('which', [name], { encoding: 'utf8' }).trim()
    } catch {
      // not that one
    }
  }
  throw new Error('no Chromium: apt-get install chromium, or name one in TUBEPOST_CHROMIUM')
}

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: executable(), args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}

export interface Visit {
  page: Page
  context: BrowserContext
  /** URLs of everything that was asked for, in every frame. */
  requested: string[]
  /** What went wrong in the page's own scripts. */
  errors: string[]
}

export function urlOf({ ports }: ServerProcess): string {
  return `http://127.0.0.1:${ports['http']}`
}

export async function visit(browser: Browser, server: ServerProcess, size: Size): Promise<Visit> {
  const context = await browser.newContext({
    viewport: SIZES[size],
    hasTouch: size === 'phone',
    reducedMotion: 'reduce',
  })
  context.setDefaultTimeout(10_000)
  const page = await context.newPage()
  const requested: string[] = []
  const errors: string[] = []
  context.on('request', (request) => requested.push(request.url()))
  context.on('weberror', (error) => errors.push(error.error().stack ?? error.error().message))
  page.on('console', (message) => {
    // The browser itself tells of every 401, which is how the first question is answered.
    if (message.type() === 'error' && !message.text().includes('401')) errors.push(message.text())
  })
  await page.goto(`${urlOf(server)}/`)
  return { page, context, requested, errors }
}

export async function signIn(page: Page, email: string, password = PASSWORD): Promise<void> {
  await page.getByRole('textbox', { name: 'Email address' }).fill(email)
  await page.getByRole('textbox', { name: 'Password' }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('navigation', { name: 'Folders' }).waitFor()
}

export function messages(page: Page) {
  return page.getByRole('list', { name: 'Messages' }).getByRole('listitem')
}

export async function openConversation(page: Page, subject: string): Promise<void> {
  await messages(page).filter({ hasText: subject }).first().click()
  await page.getByRole('button', { name: 'Reply', exact: true }).waitFor()
}
