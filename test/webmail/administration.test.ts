/** The administration's pages told in stories, in a browser on the server as its users run it; each is looked at by axe, too. */
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { type ServerProcess, startServerProcess } from '../server-process.ts'
import { broken } from './axe.ts'
import { openBrowser, type Size, signIn, urlOf, type Visit, visit } from './browser.ts'

const HTML = '<h1>Thanks</h1><img src="https://tracker.invalid/a.png"><script>document.title = "taken"</script>'

let server: ServerProcess
let browser: Browser
let hook: Server
/** What the hook was told. */
let told = 0
before(async () => {
  hook = createServer((request, response) => {
    told += 1
    request.resume().on('end', () => response.writeHead(202).end('thank you'))
  })
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve))
  ;[server, browser] = await Promise.all([startServerProcess(), openBrowser()])
})
after(async () => {
  await browser?.close()
  await server?.stop()
  hook?.close()
})

const api = async (method: string, path: string, body?: object) => {
  const headers = { authorization: 'Bearer re_demo', ...(body && { 'content-type': 'application/json' }) }
  const response = await fetch(`${urlOf(server)}${path}`, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  })
  assert.ok(response.ok, `${method} ${path}: ${response.status}`)
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  return (await response.json()) as any
}

for (const [size, dark] of [
  ['desktop', false],
  ['phone', true],
] as const satisfies readonly (readonly [Size, boolean])[]) {
  describe(`administration, ${size}, ${dark ? 'dark' : 'light'}`, () => {
    let page: Page
    let seen: Visit
    before(async () => {
      seen = await visit(browser, server, size)
      page = seen.page
      await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' })
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
      await signIn(page, 'alice@demo.test')
    })
    after(() => page.context().close())

    const open = (path: string) => page.goto(`${urlOf(server)}/#/admin/${path}`)
    const act = (name: string | RegExp) => page.getByRole('button', { name, exact: true }).click()
    const dialog = () => page.getByRole('dialog')
    const field = (name: string | RegExp) => dialog().getByLabel(name)
    const press = (name: string) => dialog().getByRole('button', { name, exact: true }).click()
    const items = (list: string) => page.getByRole('list', { name: list, exact: true }).getByRole('listitem')
    const item = (list: string, text: string) => items(list).filter({ hasText: text })
    const fine = async () => assert.deepEqual(await broken(page), [])
    const alone = `${size}.test`

    test('the account menu leads there', async () => {
      await act('Account alice@demo.test')
      await page.getByRole('menuitem', { name: 'Administration' }).click()
      await page.getByRole('heading', { name: 'Administration' }).waitFor()
      await item('Domains', 'demo.test').waitFor()
      await fine()
    })

    test('a domain: its records, looked up, copied, and removed', async () => {
      await act('Add a domain')
      await fine()
      await field('Domain name').fill(alone)
      await press('Add')
      await page.getByRole('heading', { name: alone }).waitFor()
      await page.getByRole('button', { name: `Copy the name of DKIM, tubepost._domainkey.${alone}` }).click()
      assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `tubepost._domainkey.${alone}`)
      await act('Check the records')
      await page.getByRole('status').filter({ hasText: 'Looked up at' }).waitFor({ timeout: 30_000 })
      await fine()
      await page.getByRole('checkbox', { name: 'It sends mail' }).uncheck()
      await act('Save the use')
      await page.getByText('The use of the domain is saved').waitFor()
      await act('Claim it')
      await page.getByText(`_tubepost-claim.${alone}`).waitFor()
      await act('Remove')
      await field(/^Type/).fill(alone)
      await press('Remove it')
      await item('Domains', 'demo.test').waitFor()
      await item('Domains', alone).waitFor({ state: 'detached' })
    })

    test('what is kept out of a domain', async () => {
      await open('domains')
      await page.getByRole('link', { name: 'demo.test', exact: true }).click()
      await page.getByRole('combobox', { name: 'Mail that fails DMARC' }).selectOption('none')
      await page.getByRole('checkbox', { name: /^Greylisting/ }).check()
      await page.getByLabel(/^Block lists/).fill('zen.example.org')
      await act('Save the protection')
      await page.getByText('The protection is saved').waitFor()
      const { data } = await api('GET', '/domains')
      const { protection } = await api(
        'GET',
        `/domains/${data.find(({ name }: { name: string }) => name === 'demo.test').id}`,
      )
      assert.deepEqual(protection, { dmarc: 'none', greylisting: true, dnsbl: ['zen.example.org'] })
    })

    test('an account from its first password to its end', async () => {
      const address = `dora-${size}@demo.test`
      await open('accounts')
      await act('New account')
      await field('Email address').fill(address)
      await field(/^Storage/).fill('500 MB')
      await fine()
      await press('Create')
      const password = await page.locator('.secret code').innerText()
      const signedIn = await fetch(`${urlOf(server)}/auth/sign-in`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email: address, password }),
      })
      assert.equal(signedIn.status, 200)
      await fine()
      await page.getByRole('link', { name: address }).click()
      await page.getByText('of 500 MB, 0 messages').waitFor()
      await page.getByLabel(/^A copy of everything/).fill('boss@example.net')
      await page.getByLabel(/^IMAP capabilities/).fill('COMPRESS=DEFLATE')
      await page.getByRole('region', { name: 'Mail and programs' }).getByRole('button', { name: 'Save' }).click()
      await page.getByText('Saved', { exact: true }).waitFor()
      await page.getByLabel('What is it for?').fill('Phone')
      await act('Make an app password')
      await item('App passwords', 'Phone').waitFor()
      await fine()
      await act(`More about ${address}`)
      await page.getByRole('menuitem', { name: 'Make it administrator' }).click()
      await page.getByText('administrator', { exact: true }).waitFor()
      await act('Suspend')
      await page.getByText('suspended', { exact: true }).waitFor()
      const account = await api('GET', `/accounts/${address}`)
      assert.deepEqual(
        [account.administrator, account.suspended, account.quota_octets, account.forward_to, account.imap_without],
        [true, true, 500_000_000, ['boss@example.net'], ['COMPRESS=DEFLATE']],
      )
      await act(`More about ${address}`)
      await page.getByRole('menuitem', { name: 'Delete the account' }).click()
      await press('Delete it for good')
      await dialog().waitFor() // what was not typed is not done
      await field(/^Type/).fill(address)
      await press('Delete it for good')
      await item('Accounts', 'alice@demo.test').waitFor()
      await item('Accounts', address).waitFor({ state: 'detached' })
    })

    test('an alias, a catch-all among them', async () => {
      await open('aliases')
      await page.getByText('There is no alias.').waitFor()
      await act('New alias')
      await field(/^Address;/).fill('*@demo.test')
      await field(/^Accounts/).fill('nobody@demo.test')
      await press('Create')
      await dialog().getByRole('alert').filter({ hasText: 'nobody@demo.test' }).waitFor()
      await fine()
      await field(/^Accounts/).fill('alice@demo.test\nbob@demo.test')
      await press('Create')
      await item('Aliases', 'to alice@demo.test, bob@demo.test').filter({ hasText: 'catch-all' }).waitFor()
      await item('Aliases', '*@demo.test').getByRole('button', { name: 'Change' }).click()
      await field(/^Addresses elsewhere/).fill('boss@example.net')
      await press('Save')
      await item('Aliases', 'on to boss@example.net').waitFor()
      await fine()
      await act('Remove *@demo.test')
      await press('Remove it')
      await page.getByText('There is no alias.').waitFor()
    })

    test('an API key opens the API until it is deleted', async () => {
      await open('keys')
      await act('New key')
      await field('Name').fill('Shop')
      await field('From').selectOption({ label: 'demo.test' })
      await fine()
      await press('Create')
      const token = await page.locator('.secret code').innerText()
      const send = () =>
        fetch(`${urlOf(server)}/emails`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify({ from: 'alice@demo.test', to: 'x@example.net', subject: 'By key', text: 't' }),
        })
      assert.equal((await send()).status, 200)
      await fine()
      await act('Delete Shop')
      await press('Delete it')
      await items('API keys').waitFor({ state: 'detached' })
      assert.equal((await send()).status, 403)
    })

    test('a webhook is told, tells how it went, and is told again', async () => {
      const before = told
      await open('webhooks')
      await act('New webhook')
      await field('URL that is told').fill(`http://127.0.0.1:${(hook.address() as AddressInfo).port}/${size}`)
      await fine()
      await press('Create')
      await act('Show the secret')
      await page.getByText(/^whsec_/).waitFor()
      await act('Send a test')
      await items('Deliveries').getByText('success').waitFor({ timeout: 30_000 })
      assert.equal(told, before + 1)
      await page.getByText('One attempt').click()
      await page.getByText('thank you').waitFor()
      await fine()
      await act('Send again')
      await page.getByText('2 attempts').waitFor({ timeout: 30_000 })
      await act('Disable')
      await page.getByRole('button', { name: 'Enable', exact: true }).waitFor()
      await act('More about this webhook')
      await page.getByRole('menuitem', { name: 'Delete the webhook' }).click()
      await press('Delete it')
      await page.getByText('A webhook tells a program of yours').waitFor()
    })

    test('what was sent: its way, and its content with nothing loaded or run', async () => {
      await api('POST', '/emails', {
        from: 'Shop <alice@demo.test>',
        to: 'x@example.net',
        subject: `Order ${size}`,
        html: HTML,
        text: 'Thanks in text',
      })
      await open('sent')
      await page.getByLabel('From, to or subject').fill(`order ${size}`)
      await page.getByText(/^1 of the \d+ newest$/).waitFor()
      await fine()
      await page.getByRole('link', { name: `Order ${size}` }).click()
      await page.getByRole('region', { name: 'What happened' }).waitFor()
      // It is on its way for a moment.
      await until(async () => {
        await act('Refresh')
        return page.getByText('250 2.0.0 captured').isVisible()
      })
      await page.frameLocator('iframe').getByRole('heading', { name: 'Thanks' }).waitFor()
      await page.getByText('One image from elsewhere').waitFor()
      await page.getByText('Text', { exact: true }).click()
      await page.getByText('Thanks in text').waitFor()
      await fine()
      assert.ok(!seen.requested.some((url) => url.includes('tracker.invalid')))
      assert.notEqual(await page.title(), 'taken')
    })

    test('what the relay captured shows up by itself, as it would have gone', async () => {
      await open('captured')
      await items('Captured messages').first().waitFor()
      await api('POST', '/emails', {
        from: 'alice@demo.test',
        to: 'y@example.net',
        subject: `Live ${size}`,
        text: 'Now',
      })
      await page.getByRole('link', { name: `Live ${size}` }).click({ timeout: 30_000 })
      await page.getByText('y@example.net').first().waitFor()
      await page.getByText('Header', { exact: true }).click()
      await page.getByText(`Live ${size}`).nth(1).waitFor()
      await fine()
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: 'Download the message' }).click(),
      ])
      assert.equal(download.suggestedFilename(), `Live ${size}.eml`)
      await open('captured')
      await fine()
      await act('Clear')
      await press('Clear it')
      await page.getByText('Nothing was sent out yet.').waitFor()
    })

    test('usage by the day, as a plot, a table and a file', async () => {
      await open('usage')
      await page.getByLabel('Shown by the day').selectOption('messages_out')
      await page.getByRole('region', { name: 'Messages out, by the day' }).waitFor()
      await page.getByText('The same as a table').click()
      const today = new Date().toISOString().slice(0, 10)
      const row = page.getByRole('row', { name: new RegExp(`^${today} [1-9]`) })
      await row.waitFor()
      assert.equal(await page.locator('.plot rect').count(), 30)
      await fine()
      const [download] = await Promise.all([page.waitForEvent('download'), act('Download CSV')])
      assert.match(download.suggestedFilename(), /^usage-.*\.csv$/)
    })

    test('suppressions are added, filtered and removed', async () => {
      await open('suppressions')
      await act('Add addresses')
      await field(/^Addresses/).fill('gone@example.net\nleft@example.net')
      await press('Add')
      await item('Suppressed addresses', 'left@example.net').waitFor()
      await fine()
      await page.locator('.filters select').selectOption('bounce')
      await page.getByText('There is none.').waitFor()
      await page.locator('.filters select').selectOption('manual')
      for (const address of ['gone@example.net', 'left@example.net']) {
        await item('Suppressed addresses', address).getByRole('button', { name: 'Remove' }).click()
        await press('Remove it')
        await item('Suppressed addresses', address).waitFor({ state: 'detached' })
      }
    })

    test('the log tells what was called', async () => {
      await open('log')
      await page.getByRole('cell', { name: 'POST /suppressions/batch/add' }).first().waitFor()
      await fine()
    })

    test('a server that does not answer is told of, and asked again', async () => {
      await page.route('**/aliases?*', (route) => route.abort())
      await open('aliases')
      await page.getByRole('alert').filter({ hasText: 'cannot be reached' }).waitFor()
      await fine()
      await page.unroute('**/aliases?*')
      await act('Try again')
      await page.getByText('There is no alias.').waitFor()
    })

    test('no page is wider than the screen', async () => {
      for (const path of ['domains', 'accounts', 'usage', 'webhooks', 'log']) {
        await open(path)
        await page.locator('.admin-head').waitFor()
        const [wide, screen] = await page.evaluate(() => {
          const main = document.querySelector('main')!
          return [main.scrollWidth, main.clientWidth] as const
        })
        assert.ok(wide <= screen, `${path}: ${wide} of ${screen}`)
      }
    })

    test('nothing went wrong in the page', () =>
      assert.deepEqual(
        seen.errors.filter((error) => !/status of 4\d\d|ERR_FAILED/.test(error)),
        [],
      ))
  })
}

test('who is no administrator is not shown the way, and told so', async () => {
  const { page } = await visit(browser, server, 'desktop')
  await signIn(page, 'bob@demo.test')
  await page.getByRole('button', { name: 'Account bob@demo.test' }).click()
  assert.equal(await page.getByRole('menuitem', { name: 'Administration' }).count(), 0)
  await page.goto(`${urlOf(server)}/#/admin`)
  await page.getByText('This is for administrators of your domain.').waitFor()
  await page.context().close()
})

/** The last one: with another tenant the demonstration is over for good. */
for (const size of ['desktop', 'phone'] as const) {
  test(`an operator without an account, ${size}`, async () => {
    const own = await startServerProcess({ TUBEPOST_OPERATOR_KEY: 'op_of-this-test' })
    const { page, errors } = await visit(browser, own, size)
    try {
      const act = (name: string) => page.getByRole('button', { name, exact: true }).click()
      const dialog = page.getByRole('dialog')
      await page.goto(`${urlOf(own)}/#/admin/operator`)
      await page.getByLabel('Operator key').fill('wrong')
      assert.deepEqual(await broken(page), [])
      await act('Continue')
      await page.getByText('This key opens nothing here.').waitFor()
      await page.getByLabel('Operator key').fill('op_of-this-test')
      await act('Continue')
      await page.getByRole('link', { name: 'Demonstration' }).waitFor()
      assert.equal(await page.evaluate(() => localStorage.getItem('tubepost-operator-key')), null)
      await act('New tenant')
      await dialog.getByLabel(/^Id/).fill('shop')
      await dialog.getByLabel('Name').fill('The Shop')
      await dialog.getByRole('button', { name: 'Create' }).click()
      await page.locator('.secret code').waitFor()
      assert.deepEqual(await broken(page), [])
      await page.getByRole('link', { name: 'The Shop' }).click()
      await page.getByLabel('Messages out, by day').fill('100')
      await page.getByLabel(/^Storage/).fill('10 GB')
      await act('Save')
      await page.getByText('Saved', { exact: true }).waitFor()
      await act('Suspend')
      await act('Resume')
      await page.getByRole('button', { name: 'Suspend', exact: true }).waitFor()
      assert.deepEqual(await broken(page), [])
      await page.getByRole('link', { name: 'Administer', exact: true }).click()
      await page.getByText('Acting for').waitFor()
      await page.getByText('There is no domain yet.').waitFor()
      await page.getByRole('link', { name: 'Accounts' }).click()
      await page.getByText('There is no account yet.').waitFor()
      assert.deepEqual(await broken(page), [])
      await page.getByRole('link', { name: 'All tenants' }).click()
      await page.getByRole('link', { name: 'Prices' }).click()
      await page.getByLabel('A thousand API calls').fill('0.25')
      await act('Save')
      await page.getByText('The prices are saved').waitFor()
      await page.goto(`${urlOf(own)}/#/admin/operator/tenants/shop`)
      await act('Delete')
      await dialog.getByLabel(/^Type/).fill('shop')
      await dialog.getByRole('button', { name: 'Delete it for good' }).click()
      await page
        .getByRole('heading', { name: 'Deletion of The Shop' })
        .getByText('completed')
        .waitFor({ timeout: 30_000 })
      assert.deepEqual(await broken(page), [])
      await act('Forget the key')
      await page.getByLabel('Operator key').waitFor()
      assert.equal(await page.evaluate(() => sessionStorage.length), 0)
      assert.deepEqual(
        errors.filter((error) => !/status of 4\d\d/.test(error)),
        [],
      )
    } finally {
      await page.context().close()
      await own.stop()
    }
  })
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000
  while (!(await holds())) {
    assert.ok(Date.now() < deadline, 'it took too long')
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
