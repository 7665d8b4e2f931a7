import { randomBytes } from 'node:crypto'
import { text as readText } from 'node:stream/consumers'
import { type Command, type Given, text, texts } from './command.ts'
import { UsageError } from './usage-error.ts'

const PASSWORD_OPTION = {
  password: { type: 'string', help: '`-` reads it from standard input; without it one is made and shown' },
} as const
const RANDOM_OCTETS = 15
const CHANGEABLE = ['address', 'quota_octets', 'administrator', 'moved_to', 'imap_without']

export const ACCOUNT_COMMANDS: Record<string, Command> = {
  'account add': {
    takes: '<address>',
    help: 'creates an account with its mailboxes',
    options: {
      ...PASSWORD_OPTION,
      quota: { type: 'string', help: 'octets it may hold' },
      administrator: { type: 'boolean', help: 'it administers the tenant in the webmail' },
    },
    async run(client, given) {
      const [address] = given.words
      const { password, made } = await passwordOf(given)
      const administrator = given.options['administrator'] === true ? { administrator: true } : {}
      const wanted = { address, password, ...quotaOf(given), ...administrator }
      const account = await client.call('POST', '/accounts', wanted)
      const shown = made ? `\nIts password, shown only now:\n${password}` : ''
      const value = { ...account, ...(made && { password }) }
      return { kind: 'done', value, text: `Account ${account['address']} is there.${shown}` }
    },
  },
  'account list': {
    takes: '',
    help: 'lists accounts',
    async run(client) {
      return { kind: 'table', columns: ['address', 'id'], rows: await client.list('/accounts') }
    },
  },
  'account show': {
    takes: '<address>',
    help: 'shows what an account holds and may hold',
    async run(client, { words }) {
      const value = await client.call('GET', path(words[0]!))
      const columns = ['address', 'messages', 'used_octets', 'quota_octets', 'suspended', 'forward_to']
      return { kind: 'table', columns, rows: [value] }
    },
  },
  'account password': {
    takes: '<address>',
    help: 'gives an account a new password',
    options: PASSWORD_OPTION,
    async run(client, given) {
      const { password, made } = await passwordOf(given)
      const account = await client.call('PATCH', path(given.words[0]!), { password })
      const shown = made ? ` It is shown only now:\n${password}` : ''
      const value = { ...account, ...(made && { password }) }
      return { kind: 'done', value, text: `Account ${account['address']} has a new password.${shown}` }
    },
  },
  'account change': {
    takes: '<address>',
    help: 'says what it may hold, where somebody has moved to, what its IMAP clients are not shown, and whether it administers the tenant',
    options: {
      quota: { type: 'string', help: 'octets it may hold; `none`' },
      administrator: { type: 'string', help: '`yes` or `no`' },
      'moved-to': { type: 'string', help: 'where senders are told to write from now on; `none`' },
      'imap-without': {
        type: 'string',
        multiple: true,
        help: 'a capability that a client breaks on; several times for several; `none`',
      },
    },
    async run(client, given) {
      const movedTo = text(given, 'moved-to')
      const imapWithout = texts(given, 'imap-without')
      const change = {
        ...(text(given, 'quota') === 'none' ? { quota_octets: null } : quotaOf(given)),
        ...(movedTo !== undefined && { moved_to: movedTo === 'none' ? null : movedTo }),
        ...administratorIn(given),
        ...(imapWithout.length > 0 && { imap_without: imapWithout.filter((name) => name !== 'none') }),
      }
      const value = await client.call('PATCH', path(given.words[0]!), change)
      return { kind: 'table', columns: CHANGEABLE, rows: [value] }
    },
  },
  'account suspend': suspension(true),
  'account resume': suspension(false),
  'account remove': {
    takes: '<address>',
    help: 'deletes an account with its mailboxes',
    async run(client, { words }) {
      const value = await client.call('DELETE', path(words[0]!))
      return { kind: 'done', value, text: `Account ${words[0]} is deleted.` }
    },
  },
  'alias add': {
    takes: '<address> <target…>',
    help: 'creates an alias; `*@domain` is the catch-all',
    async run(client, { words }) {
      const [address, ...targets] = words
      const value = await client.call('POST', '/aliases', { address, targets })
      return { kind: 'done', value, text: `${value['address']} leads to ${targets.join(', ')}.` }
    },
  },
  'alias list': {
    takes: '',
    help: 'lists aliases',
    async run(client) {
      return { kind: 'table', columns: ['address', 'targets', 'forward_to'], rows: await client.list('/aliases') }
    },
  },
  'alias remove': {
    takes: '<address>',
    help: 'removes an alias',
    async run(client, { words }) {
      const value = await client.call('DELETE', `/aliases/${encodeURIComponent(words[0]!)}`)
      return { kind: 'done', value, text: `Alias ${words[0]} is removed.` }
    },
  },
}

function suspension(suspended: boolean): Command {
  return {
    takes: '<address>',
    help: suspended ? 'stops sign-in to an account; its mail still comes in' : 'ends the suspension of an account',
    async run(client, { words }) {
      const value = await client.call('PATCH', path(words[0]!), { suspended })
      return { kind: 'done', value, text: `Account ${words[0]} is ${suspended ? 'suspended' : 'active'}.` }
    },
  }
}

function path(address: string): string {
  return `/accounts/${encodeURIComponent(address)}`
}

async function passwordOf(given: Given): Promise<{ password: string; made: boolean }> {
  const option = text(given, 'password')
  if (option === undefined) return { password: randomBytes(RANDOM_OCTETS).toString('base64url'), made: true }
  // On a command line everybody on the machine can read it.
  const password = option === '-' ? (await readText(process.stdin)).replace(/\r?\n$/, '') : option
  return { password, made: false }
}

function administratorIn(given: Given): { administrator?: boolean } {
  const wanted = text(given, 'administrator')
  if (wanted === undefined) return {}
  if (wanted !== 'yes' && wanted !== 'no') throw new UsageError(`--administrator takes yes or no, not ${wanted}`)
  return { administrator: wanted === 'yes' }
}

function quotaOf(given: Given): { quota_octets?: number } {
  const quota = text(given, 'quota')
  if (quota === undefined) return {}
  if (!/^[1-9][0-9]*$/.test(quota)) throw new UsageError(`--quota takes a number of octets, not ${quota}`)
  return { quota_octets: Number(quota) }
}
