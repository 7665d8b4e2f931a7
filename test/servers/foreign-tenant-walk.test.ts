/**
 * I8, by every door: whoever comes with one tenant's credentials and another's names and ids is answered as if these were nowhere, and changes
 * nothing. Routes come from the OpenAPI document and commands from their tables, so that a new one is walked, too.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { accountId } from '../../shared/mailbox/ids.ts'
import { COMMANDS as IMAP_COMMANDS } from '../../shared/servers/imap/commands.ts'
import { COMMANDS as POP3_COMMANDS } from '../../shared/servers/pop3/commands.ts'
import { arrive, DEMO, message, settleQueues } from '../house.ts'
import { type AllDoors, openAllDoors, saslPlain, smtpReply } from './all-doors.ts'
import { OPERATOR_KEY } from './http/api-house.ts'

/** Stands in all that the one tenant has. */
const SECRET = 'hushhush'
const ADDRESS = `ann@${SECRET}.test`
const PASSWORD = 'a long password'
const STRANGER = 'zoe@strange.test'
/** Known to nobody, of the shapes that ids have. */
const NOWHERE: Readonly<Record<string, string>> = {
  uuid: '01900000-0000-7000-8000-000000000000',
  address: 'nobody@nowhere.test',
  text: 'nowhere',
}

interface Schema {
  $ref?: string
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  properties?: Record<string, Schema>
  items?: Schema
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
  minimum?: number
  minItems?: number
}
interface Operation {
  security?: object[]
  requestBody?: { content: Record<string, { schema: Schema }> }
}
interface Document {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}

describe('another tenant’s credentials', () => {
  let doors: AllDoors
  let document: Document
  let strangerKey: string
  /** Every id that the one tenant has, by what it is of. */
  const ids = new Map<string, string>()
  before(async () => {
    doors = await openAllDoors()
    const { house } = doors
    const post = async (path: string, body: unknown, options = {}) => {
      const answer = await house.call('POST', path, { body, ...options })
      assert.ok(answer.status < 300, `${path}: ${JSON.stringify(answer.body)}`)
      return answer.body
    }
    const operator = { key: OPERATOR_KEY }
    strangerKey = (await post('/tenants', { id: 'strangers' }, operator)).api_key.token
    const acting = (tenant: string) => ({ ...operator, headers: { 'tubepost-tenant': tenant } })
    await post('/domains', { name: 'strange.test', verified: true }, acting('strangers'))
    await post('/accounts', { address: STRANGER, password: PASSWORD }, { key: strangerKey })
    ids.set('domain', (await post('/domains', { name: `${SECRET}.test`, verified: true }, acting('demo'))).id)
    const account = (await post('/accounts', { address: ADDRESS, password: PASSWORD })).id
    ids.set('account', account)
    ids.set('address', ADDRESS)
    ids.set('alias', (await post('/aliases', { address: `sales@${SECRET}.test`, targets: [ADDRESS] })).id)
    ids.set('key', (await post('/api-keys', { name: SECRET })).id)
    ids.set('password', (await post(`/accounts/${account}/app-passwords`, { name: SECRET })).id)
    ids.set(
      'webhook',
      (await post('/webhooks', { endpoint: `https://${SECRET}.example/hook`, events: ['email.received'] })).id,
    )
    ids.set('label', (await post(`/inboxes/${account}/labels`, { name: SECRET })).id)
    ids.set('draft', (await post(`/inboxes/${account}/drafts`, { text: SECRET })).id)
    const email = { from: ADDRESS, to: `to@${SECRET}.example`, subject: SECRET, text: SECRET }
    ids.set('email', (await post('/emails', email)).id)
    ids.set('scheduled', (await post('/emails', { ...email, scheduled_at: 'in 1 hour' })).id)
    await post('/suppressions', { email: `suppressed@${SECRET}.example` })
    ids.set('suppressed', `suppressed@${SECRET}.example`)
    const claim = await post('/domains/claim', { name: `claimed.${SECRET}.test` })
    ids.set('claimed', claim.domain_id)
    ids.set('received', await arrive(house, [accountId(DEMO, account)], message(SECRET, `${SECRET}\r\n`)))
    await settleQueues(house)
    await house.runJobs()
    ids.set('thread', (await house.call('GET', `/inboxes/${account}/threads`)).body.data[0].id)
    const events = await house.call('GET', `/webhooks/${ids.get('webhook')}/events`)
    for (const { id } of events.body.data ?? []) ids.set('event', id)
    document = (await house.call('GET', '/openapi.json', { key: null })).body
  })
  after(() => doors.close())

  const isForOperators = (path: string) => path.startsWith('/tenants') || path.startsWith('/prices')
  const parametersOf = (path: string) => [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name!)

  /** What kind of id a parameter beside the first one takes; what is not said here may be any. */
  const KINDS: Readonly<Record<string, string>> = {
    password_id: 'password',
    thread_id: 'thread',
    email_id: 'received',
    label_id: 'label',
    draft_id: 'draft',
    event_id: 'event',
  }

  /** The path with each id of the one tenant in its first place, and with one that nobody has in its stead. */
  function fillings(path: string): { foreign: string; nowhere: string; id: string; stead: string }[] {
    const [first, ...others] = parametersOf(path)
    return [...ids.values()].map((id) => {
      const stead = id.includes('@')
        ? NOWHERE['address']!
        : /^[0-9a-f-]{36}$/.test(id)
          ? NOWHERE['uuid']!
          : NOWHERE['text']!
      let rest = path
      for (const name of others) rest = rest.replace(`{${name}}`, encodeURIComponent(ids.get(KINDS[name] ?? '') ?? '1'))
      const put = (one: string) => rest.replace(`{${first}}`, encodeURIComponent(one))
      return { foreign: put(id), nowhere: put(stead), id, stead }
    })
  }

  /** A body that the schema takes, with the one tenant's names in it. */
  function bodyOf(schema: Schema, name = '', depth = 0): unknown {
    if (schema.$ref !== undefined)
      return bodyOf(document.components.schemas[schema.$ref.split('/').at(-1)!]!, name, depth)
    if (schema.const !== undefined) return schema.const
    if (schema.enum !== undefined) return schema.enum[0]
    const choice = schema.anyOf ?? schema.oneOf
    if (choice !== undefined) return bodyOf(choice[0]!, name, depth)
    if (schema.allOf !== undefined)
      return Object.assign({}, ...schema.allOf.map((one) => bodyOf(one, name, depth) as object))
    const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
    switch (type) {
      case 'object':
        if (depth > 3) return {}
        return Object.fromEntries(
          Object.entries(schema.properties ?? {}).map(([field, inner]) => [field, bodyOf(inner, field, depth + 1)]),
        )
      case 'array':
        return [bodyOf(schema.items ?? {}, name, depth + 1)]
      case 'integer':
      case 'number':
        return Math.max(schema.minimum ?? 1, 1)
      case 'boolean':
        return true
      default:
        return TEXTS[name] ?? 'taken'
    }
  }
  const TEXTS: Readonly<Record<string, string>> = {
    address: ADDRESS,
    email: 'thief@example.net',
    email_address: ADDRESS,
    from: ADDRESS,
    to: 'thief@example.net',
    targets: ADDRESS,
    forward_to: 'thief@example.net',
    password: 'a password of the thief',
    scheduled_at: 'in 1 hour',
    endpoint: 'https://thief.example/hook',
    received_at: '2020-01-01T00:00:00Z',
  }

  function options(operation: Operation): { key: string; body?: unknown } {
    const schema = operation.requestBody?.content['application/json']?.schema
    return { key: strangerKey, ...(schema !== undefined && { body: bodyOf(schema) }) }
  }

  /** All that the one tenant is shown of itself, by every route there is. What it is told of its own calls changes with each. */
  async function everything(): Promise<string> {
    const paths = showing.length > 0 ? showing : ownPaths()
    const shown: string[] = []
    for (const path of paths) {
      const { status, body } = await doors.house.call('GET', path)
      if (status !== 200) assert.equal(showing.length, 0, `${path}: ${status}`)
      else shown.push(path, JSON.stringify(body))
    }
    if (showing.length === 0) showing.push(...shown.filter((_, at) => at % 2 === 0))
    assert.ok(showing.length > 40, `${showing.length} routes show something`)
    assert.match(shown.join(), new RegExp(SECRET))
    return shown
      .join('\n')
      .replace(/"(last_used_at|expires_at)":("[^"]*"|null)/g, '')
      .replace(/http:\/\/127\.0\.0\.1:\d+\/blobs\/[^"]*/g, '')
  }
  /** Those that showed something the first time. */
  const showing: string[] = []

  function ownPaths(): string[] {
    const paths = Object.entries(document.paths).flatMap(([path, { get }]) => {
      const isOfItself = get?.security !== undefined && !isForOperators(path)
      return isOfItself && !/^\/(usage|logs|emails\/metrics)/.test(path) ? [path] : []
    })
    return paths.flatMap((path) => (path.includes('{') ? fillings(path).map(({ foreign }) => foreign) : [path]))
  }

  test('by HTTP: the answers are those to what is nowhere', { timeout: 120_000 }, async () => {
    const before = await everything()
    let walked = 0
    for (const [path, item] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(item)) {
        if (operation.security === undefined) continue
        const call = (one: string) => doors.house.call(method.toUpperCase(), one, options(operation))
        if (!path.includes('{')) {
          const { status, body } = await call(path)
          const text = JSON.stringify(body)
          // A refusal may say again what was asked for.
          if (status < 400 && path !== '/logs')
            assert.doesNotMatch(text.replaceAll(ADDRESS, ''), new RegExp(SECRET), `${method} ${path}: ${text}`)
          walked += 1
          continue
        }
        const filled = fillings(path)
        const asking = new Map([...new Set(filled.map(({ nowhere }) => nowhere))].map((one) => [one, call(one)]))
        await Promise.all(
          filled.map(async ({ foreign, nowhere, id, stead }) => {
            const [asked, known] = await Promise.all([call(foreign), asking.get(nowhere)!])
            const about = `${method.toUpperCase()} ${foreign}: ${asked.status} ${JSON.stringify(asked.body)}`
            assert.ok(asked.status >= 400, about)
            assert.equal(
              asked.status,
              known.status,
              `${about}, and ${nowhere} ${known.status} ${JSON.stringify(known.body)}`,
            )
            assert.equal(
              JSON.stringify(asked.body).replaceAll(id, ''),
              JSON.stringify(known.body).replaceAll(stead, ''),
              about,
            )
            walked += 1
          }),
        )
      }
    }
    assert.ok(walked > 500, `${walked} calls`)
    assert.equal(await everything(), before)
  })

  /** Each command with what it is to be given: names of the other's mailboxes, ids of its messages. `NAME` and `ID` are filled in. */
  const IMAP: Readonly<Record<string, readonly string[]>> = {
    CAPABILITY: [''],
    NOOP: [''],
    LOGOUT: [],
    ID: ['("name" "NAME")'],
    STARTTLS: [],
    AUTHENTICATE: [],
    LOGIN: [],
    ENABLE: ['CONDSTORE'],
    COMPRESS: [],
    SELECT: ['"NAME"', '"NAME/INBOX"'],
    EXAMINE: ['"NAME"', '"NAME/INBOX"'],
    CREATE: [],
    DELETE: ['"NAME"'],
    RENAME: ['"NAME" "mine"'],
    SUBSCRIBE: [],
    UNSUBSCRIBE: ['"NAME"'],
    LIST: ['"" "*"', '"NAME" "*"', '"" "NAME/*"', '(SUBSCRIBED) "" "*"'],
    LSUB: ['"" "*"', '"NAME" "*"'],
    XLIST: ['"" "*"'],
    GETQUOTA: ['"NAME"', '"user.NAME"'],
    GETQUOTAROOT: ['"NAME"'],
    SETQUOTA: ['"NAME" (STORAGE 1)'],
    NAMESPACE: [''],
    STATUS: ['"NAME" (MESSAGES UIDNEXT)'],
    APPEND: ['"NAME" {1+}\r\nx'],
    IDLE: [],
    CHECK: [''],
    CLOSE: [],
    UNSELECT: [],
    EXPUNGE: [''],
    'UID EXPUNGE': ['1:*'],
    SEARCH: ['EMAILID ID', 'THREADID ID', 'ALL', `TEXT ${SECRET}`],
    'UID SEARCH': ['EMAILID ID', 'ALL'],
    SORT: ['(DATE) UTF-8 ALL'],
    'UID SORT': ['(DATE) UTF-8 EMAILID ID'],
    THREAD: ['REFERENCES UTF-8 ALL'],
    'UID THREAD': ['REFERENCES UTF-8 ALL'],
    FETCH: ['1:* (UID ENVELOPE BODY.PEEK[])'],
    'UID FETCH': ['1:* (ENVELOPE EMAILID THREADID)'],
    STORE: ['1:* +FLAGS (\\Deleted)'],
    'UID STORE': ['1:* +FLAGS (\\Deleted)'],
    COPY: ['1 "NAME"'],
    'UID COPY': ['1:* "NAME"'],
    MOVE: ['1 "NAME"'],
    'UID MOVE': ['1:* "NAME"'],
    REPLACE: ['1 "NAME" {1+}\r\nx'],
    'UID REPLACE': ['1 "NAME" {1+}\r\nx'],
  }

  test('by IMAP: every command, with the other’s names and ids', async () => {
    const before = await everything()
    const missing = Object.keys(IMAP_COMMANDS).filter((name) => !(name in IMAP))
    assert.deepEqual(missing, [], 'a command that is not walked')
    const account = ids.get('account')!
    const pairs: [string, string, string][] = [
      [ADDRESS, NOWHERE['address']!, ids.get('received')!],
      [`demo/${account}`, 'nowhere/nowhere', ids.get('thread')!],
      [account, 'nowhere', ids.get('received')!],
    ]
    for (const [command, rows] of Object.entries(IMAP)) {
      for (const row of rows) {
        const client = await doors.imap() // of its own, as too many mistakes end a session
        assert.match((await client.run(`LOGIN ${STRANGER} "${PASSWORD}"`)).at(-1)!, / OK /)
        for (const [foreign, nowhere, id] of pairs) {
          const say = async (name: string, object: string) => {
            const line = `${command} ${row}`.trim().replaceAll('NAME', name).replaceAll(/\bID$/g, object)
            await client.run('SELECT INBOX')
            const responses = await client.run(line)
            return responses
              .map((response) =>
                response
                  .replace(/^t\d+ /, '')
                  .replaceAll(name, '')
                  .replaceAll(object, ''),
              )
              .join('\n')
          }
          const asked = await say(foreign, id)
          assert.doesNotMatch(asked, new RegExp(SECRET), `${command} ${row}`)
          assert.equal(asked, await say(nowhere, NOWHERE['uuid']!), `${command} ${row}`)
        }
      }
    }
    assert.equal(await everything(), before)
  })

  test('by IMAP and POP3: nobody signs in as another, or for another', async () => {
    const replies: string[][] = []
    for (const name of [ADDRESS, NOWHERE['address']!]) {
      const imap = await doors.imap()
      const pop3 = await doors.pop3()
      await pop3.command(`USER ${name}`)
      replies.push([
        ...(await imap.run(`LOGIN ${name} "not the password"`)),
        ...(await imap.run(`AUTHENTICATE PLAIN ${saslPlain(STRANGER, PASSWORD, name)}`)),
        ...(await imap.run(`AUTHENTICATE PLAIN ${saslPlain(name, 'not the password')}`)),
        await pop3.command('PASS not the password'),
        await pop3.command(`AUTH PLAIN ${saslPlain(STRANGER, PASSWORD, name)}`),
        await pop3.command(`AUTH PLAIN ${saslPlain(name, 'not the password')}`),
      ])
    }
    const [foreign, nowhere] = replies
    assert.deepEqual(foreign, nowhere)
    for (const reply of foreign!) assert.match(reply, /^(t\d+ NO|-ERR)/)
  })

  test('by POP3: every command shows one’s own maildrop alone', async () => {
    const client = await doors.pop3()
    assert.match(await client.signIn(STRANGER, PASSWORD), /^\+OK/)
    const given: Readonly<Record<string, string>> = {
      RETR: ' 1',
      TOP: ' 1 10',
      DELE: ' 1',

      PASS: ' x',
      USER: ` ${ADDRESS}`,
      AUTH: ' PLAIN',
    }
    for (const command of Object.keys(POP3_COMMANDS)) {
      if (command === 'QUIT' || command === 'STLS') continue
      const line = `${command}${given[command] ?? ''}`
      const many = ['LIST', 'UIDL', 'CAPA', 'LANG', 'RETR', 'TOP'].includes(command)
      const said = many ? Object.values(await client.multiLine(line)).join('\n') : await client.command(line)
      assert.doesNotMatch(said, new RegExp(SECRET), line)
      if (['RETR', 'TOP', 'DELE'].includes(command)) assert.match(said, /^-ERR/, line)
    }
  })

  test('by SMTP: nobody sends as another, and no command tells who is there', async () => {
    const before = await everything()
    const replies: string[][] = []
    for (const name of [ADDRESS, NOWHERE['address']!]) {
      const said: string[] = []
      const stranger = await doors.smtp('submission')
      const say = async (client: typeof stranger, line: string) => {
        said.push((await smtpReply(client, line)).replaceAll(name, ''))
      }
      await say(stranger, `AUTH PLAIN ${saslPlain(STRANGER, PASSWORD, name)}`)
      await say(stranger, `AUTH PLAIN ${saslPlain(name, 'not the password')}`)
      await say(stranger, `AUTH PLAIN ${saslPlain(STRANGER, PASSWORD)}`)
      assert.match(said.at(-1)!, /^235/)
      await say(stranger, `MAIL FROM:<${name}>`)
      assert.match(said.at(-1)!, /^5/)
      await say(stranger, `VRFY ${name}`)
      await say(stranger, `EXPN ${name}`)
      await say(stranger, `HELP ${name}`)
      const outside = await doors.smtp('mx')
      await say(outside, `VRFY ${name}`)
      await say(outside, `EXPN ${name}`)
      replies.push(said)
    }
    assert.deepEqual(replies[0], replies[1])
    assert.equal(await everything(), before)
  })
})
