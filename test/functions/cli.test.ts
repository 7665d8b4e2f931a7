/** `npx tubepost` as people and programs run it, against a real API. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { run } from '../../functions/cli/run.ts'
import { type ApiHouse, OPERATOR_KEY, openApiHouse } from '../servers/http/api-house.ts'

const COMMAND = fileURLToPath(new URL('../../functions/cli/tubepost.mjs', import.meta.url))

describe('the command line', () => {
  let house: ApiHouse
  before(async () => {
    house = await openApiHouse()
  })
  after(() => house.close())

  async function tubepost(line: string, environment: Record<string, string> = {}) {
    const said = { out: '', error: '' }
    const streams = {
      out: (text: string) => {
        said.out += `${text}\n`
      },
      error: (text: string) => {
        said.error += `${text}\n`
      },
    }
    const known = { TUBEPOST_URL: house.url, TUBEPOST_KEY: house.key, ...environment }
    return { code: await run(line === '' ? [] : line.split(' '), known, streams), ...said }
  }
  const asOperator = { TUBEPOST_KEY: OPERATOR_KEY }

  test('from nothing to an account that can be used', async () => {
    const tenant = await tubepost('tenant add shop --name Shop', asOperator)
    assert.match(tenant.out, /^Tenant shop is there\. Its key, shown only now:\nre_shop_[\w-]{43}\n$/)
    const key = tenant.out.trim().split('\n').at(-1)!
    const domain = await tubepost('domain add shop.test', { TUBEPOST_KEY: key })
    assert.match(domain.out, /^Domain shop\.test: not_started\n\nSTATUS +REQUIRED +TYPE +NAME/)
    assert.match(domain.out, /not_started +true +MX +shop\.test +10 +mx\.tubepost\.test\n/)
    const records = JSON.parse((await tubepost('domain show shop.test --json', { TUBEPOST_KEY: key })).out).records
    for (const { type, name, value, priority } of records) {
      house.zone.set(`${type} ${name}`, [priority === undefined ? value : `${priority} ${value}`])
    }
    assert.match(
      (await tubepost('domain verify shop.test', { TUBEPOST_KEY: key })).out,
      /^Domain shop\.test: verified\n/,
    )
    const account = await tubepost('account add ann@shop.test --json', { TUBEPOST_KEY: key })
    const { address, password } = JSON.parse(account.out)
    const signedIn = await house.store.directory.authenticate({ localPart: 'ann', domain: 'shop.test' }, password)
    assert.equal(signedIn.address, address)
    assert.match((await tubepost('account list', { TUBEPOST_KEY: key })).out, /^ADDRESS +ID\nann@shop\.test +\S+\n$/)
    assert.match((await tubepost('tenant list', asOperator)).out, /shop +Shop +active/)
  })

  test('an operator acts for a tenant', async () => {
    const added = await tubepost('domain add more.test --verified --tenant demo', asOperator)
    assert.match(added.out, /^Domain more\.test: verified\n/)
    const removed = await tubepost('domain remove more.test', { ...asOperator, TUBEPOST_TENANT: 'demo' })
    assert.equal(removed.out, 'Domain more.test is removed.\n')
  })

  test('accounts, aliases and keys', async () => {
    assert.equal((await tubepost('alias add info@demo.test alice@demo.test bob@demo.test')).code, 0)
    assert.match((await tubepost('alias list')).out, /info@demo\.test +alice@demo\.test, bob@demo\.test\n$/)
    assert.equal((await tubepost('alias remove info@demo.test')).code, 0)
    assert.equal((await tubepost('alias list')).out, 'There are none.\n')
    assert.equal((await tubepost('account suspend bob@demo.test')).out, 'Account bob@demo.test is suspended.\n')
    assert.match((await tubepost('account show bob@demo.test')).out, /bob@demo\.test +0 +0 +- +true/)
    assert.equal((await tubepost('account resume bob@demo.test')).out, 'Account bob@demo.test is active.\n')
    assert.match(
      (await tubepost('account password bob@demo.test')).out,
      /has a new password\. It is shown only now:\n\S+\n$/,
    )
    const key = JSON.parse((await tubepost('key add ci --sending --json')).out)
    assert.match((await tubepost('key list')).out, new RegExp(`${key.id} +ci +sending_access`))
    assert.equal((await tubepost(`key remove ${key.id}`)).code, 0)
  })

  test('sends', async () => {
    const sent = await tubepost('send --from alice@demo.test --to bob@demo.test --subject Hello --text Hi --json')
    const shown = await house.call('GET', `/emails/${JSON.parse(sent.out).id}`)
    assert.deepEqual([shown.body.subject, shown.body.text.trim()], ['Hello', 'Hi'])
    const refused = await tubepost('send --from me@example.net --to bob@demo.test --subject Hello --text Hi')
    assert.deepEqual([refused.code, refused.out], [1, ''])
    assert.match(refused.error, /^tubepost: The example\.net domain is not verified\./)
  })

  test('what is kept out of a domain, and what an account says of itself', async () => {
    const guarded = (await tubepost('domain protect demo.test --greylisting on --dnsbl a.example --dnsbl b.example'))
      .out
    assert.match(guarded, /\njunk +true +a\.example, b\.example\n$/)
    assert.match((await tubepost('domain protect demo.test --greylisting off --dnsbl none')).out, /\njunk +false/)
    const moved = (
      await tubepost('account change bob@demo.test --quota 5000000 --moved-to b@example.net --imap-without MOVE')
    ).out
    assert.match(moved, /\nbob@demo\.test +5000000 +false +b@example\.net +MOVE\n$/)
    await tubepost('account change bob@demo.test --quota none --moved-to none --imap-without none')
    const bob = (await house.demo.accounts.get(house.bob))!
    assert.deepEqual([bob.quotaOctets, bob.imapWithout], [undefined, []])
    for (const [wish, administrator] of [
      ['yes', true],
      ['no', false],
    ] as const) {
      await tubepost(`account change bob@demo.test --administrator ${wish}`)
      assert.equal((await house.demo.accounts.get(house.bob))!.administrator, administrator)
    }
  })

  test('a tenant’s limits, its end and the certificate', async () => {
    await tubepost('tenant add brief --name Brief', asOperator)
    assert.match((await tubepost('tenant show brief', asOperator)).out, /^ID +NAME +STATUS.*\nbrief +Brief +active/)
    const limited = await tubepost(
      'tenants limits brief --messages-out-per-day 100 --storage-octets none --json',
      asOperator,
    )
    assert.deepEqual(
      [JSON.parse(limited.out).limits.messages_out_per_day, JSON.parse(limited.out).limits.storage_octets],
      [100, null],
    )
    assert.equal((await tubepost('tenant suspend brief', asOperator)).out, 'Tenant brief is suspended.\n')
    assert.equal((await tubepost('tenant delete brief', asOperator)).out, 'Tenant brief is being deleted.\n')
    await house.runJobs()
    const certificate = await tubepost('tenant deletion brief', asOperator)
    assert.match(certificate.out, /^Tenant brief \(Brief\): completed, .*\n\nWHAT +COUNT\naccounts +0\n/)
    assert.match(certificate.out, /What ages out by itself:\n {2}\S/)
  })

  test('app passwords, domain records and claims, usage, reindex', async () => {
    const made = await tubepost('app-password add alice@demo.test laptop --json')
    const { id, password } = JSON.parse(made.out)
    assert.ok(await house.store.directory.authenticate({ localPart: 'alice', domain: 'demo.test' }, password))
    assert.match((await tubepost('app-password list alice@demo.test')).out, new RegExp(`${id} +laptop`))
    assert.equal((await tubepost(`app-password remove alice@demo.test ${id}`)).code, 0)
    const claim = await tubepost('domain claim taken.test')
    assert.match(
      claim.out,
      /^Claim of taken\.test: pending\. Publish this TXT record.*\n_tubepost-claim\.taken\.test {2}tubepost-claim=[0-9a-f]{32}\n$/,
    )
    const [name, value] = claim.out.trim().split('\n').at(-1)!.split('  ')
    assert.match((await tubepost('domain claim taken.test --verify')).out, /not found/)
    house.zone.set(`TXT ${name}`, [value!])
    assert.equal(
      (await tubepost('domain claim taken.test --verify')).out,
      'Claim of taken.test: completed. The domain is yours.\n',
    )
    assert.match((await tubepost('domain records taken.test')).out, /_imaps\._tcp\.taken\.test/)
    assert.match((await tubepost('usage')).out, /^TENANT +\S.*DOLLARS\n/)
    assert.match((await tubepost('usage --by account --json')).out, /^\[/)
    assert.match((await tubepost('usage --csv')).out, /^\S+,/)
    const reindex = tubepost('reindex demo', asOperator)
    const jobs = setInterval(() => void house.runJobs(), 20)
    try {
      assert.match((await reindex).out, /^The reindex of demo is completed: \d+ messages/)
    } finally {
      clearInterval(jobs)
    }
  })

  test('each command says what it takes', async () => {
    const all = (await tubepost('--help')).out
    const names = [...all.matchAll(/^ {2}tubepost ([a-z-]+(?: [a-z-]+)?)/gm)].map(([, name]) => name!)
    assert.ok(names.length > 35, names.join())
    for (const name of names) {
      const said = await tubepost(`${name} --help`)
      assert.deepEqual([said.code, said.error], [0, ''], name)
      assert.ok(said.out.startsWith(`tubepost ${name}`), name)
      assert.match(said.out, /--json/, name)
    }
    const group = await tubepost('import --help')
    assert.equal(group.code, 0)
    assert.match(group.out, /import imap/)
    assert.doesNotMatch(group.out, /tenant add/)
    assert.equal((await tubepost('constructor x')).code, 2)
  })

  const FAILURES: [string, Record<string, string>, 1 | 2, RegExp][] = [
    ['domain show nowhere.test', {}, 1, /^tubepost: there is no domain nowhere\.test here/],
    ['tenant list', {}, 1, /^tubepost: This is for the operator alone\.\n$/],
    ['account add x', {}, 1, /^tubepost: The `address` field is invalid/],
    ['tenant add', asOperator, 2, /takes <id>/],
    ['tenant limits x', asOperator, 2, /no limit to change/],
    ['tenant limits x --storage-octets much', asOperator, 2, /takes a number or none/],
    ['tenant deletion nobody', asOperator, 1, /^tubepost: Deletion not found\n$/],
    ['reindex nobody', asOperator, 1, /^tubepost: Tenant not found\n$/],
    ['domain claim demo.test', {}, 1, /is yours already/],
    ['usage --by month', {}, 2, /--by takes/],
    ['tenant list more', asOperator, 2, /takes nothing more/],
    ['tenant list --nonsense', asOperator, 2, /--nonsense/],
    ['key list', { TUBEPOST_KEY: '' }, 2, /no key/],
    ['key list', { TUBEPOST_URL: 'nowhere' }, 2, /is no URL/],
    ['key list', { TUBEPOST_URL: 'http://127.0.0.1:1' }, 1, /http:\/\/127\.0\.0\.1:1 does not answer/],
    ['send --from a@demo.test --subject x --text y', {}, 2, /--to is missing/],
    ['account add q@demo.test --quota many', {}, 2, /--quota takes a number/],
  ]
  for (const [line, environment, code, words] of FAILURES) {
    test(`${line}: ${code}`, async () => {
      const said = await tubepost(line, environment)
      assert.equal(said.code, code)
      assert.equal(said.out, '')
      assert.match(said.error, words)
    })
  }

  test('programs read errors as JSON', async () => {
    const { code, error } = await tubepost('tenant list --json')
    assert.equal(code, 1)
    assert.equal(JSON.parse(error).name, 'restricted_api_key')
  })

  test('what was stored does not steer the terminal', async () => {
    await house.call('POST', '/api-keys', { body: { name: 'red \u001b[31m' } })
    assert.doesNotMatch((await tubepost('key list')).out, /\u001b/)
  })

  test('the command itself starts with any Node, and its exit code tells', async () => {
    const start = (args: string[]) =>
      new Promise<{ code: number; out: string }>((resolve) => {
        const environment = { ...process.env, TUBEPOST_URL: house.url, TUBEPOST_KEY: house.key }
        execFile(COMMAND, args, { env: environment }, (error, out) => resolve({ code: Number(error?.code ?? 0), out }))
      })
    const listed = await start(['account', 'list', '--json'])
    assert.equal(listed.code, 0)
    assert.ok(JSON.parse(listed.out).some(({ address }: { address: string }) => address === 'alice@demo.test'))
    assert.equal((await start(['account'])).code, 2)
    assert.equal((await start(['tenant', 'list'])).code, 1)
  })
})
