import type { Fields } from './client.ts'
import { type Command, text } from './command.ts'
import { formatTable, type Result } from './output.ts'
import { UsageError } from './usage-error.ts'

const COLUMNS = ['id', 'name', 'status', 'created_at']
const LIMITS = {
  'storage-octets': 'octets of all accounts together',
  'messages-in-per-day': 'messages that come in on a day',
  'messages-in-per-month': 'in a month',
  'messages-out-per-day': 'messages that go out on a day',
  'messages-out-per-month': 'in a month',
} as const

export const TENANT_COMMANDS: Record<string, Command> = {
  'tenant add': {
    takes: '<id>',
    help: 'creates a tenant and its first key (operator)',
    options: { name: { type: 'string', help: 'what people call it' } },
    async run(client, given) {
      const name = text(given, 'name')
      const value = await client.call('POST', '/tenants', { id: given.words[0], ...(name !== undefined && { name }) })
      const { token } = value['api_key'] as { token: string }
      return { kind: 'done', value, text: `Tenant ${value['id']} is there. Its key, shown only now:\n${token}` }
    },
  },
  'tenant list': {
    takes: '',
    help: 'lists tenants (operator)',
    async run(client) {
      return { kind: 'table', columns: COLUMNS, rows: await client.list('/tenants') }
    },
  },
  'tenant show': {
    takes: '<id>',
    help: 'shows a tenant with its limits (operator)',
    async run(client, { words }) {
      return shown(await client.call('GET', path(words[0]!)))
    },
  },
  'tenant limits': {
    takes: '<id>',
    help: 'changes the limits of a tenant; `none` takes one away (operator)',
    options: Object.fromEntries(
      Object.entries(LIMITS).map(([name, help]) => [name, { type: 'string' as const, help: `${help}, or none` }]),
    ),
    async run(client, given) {
      const limits: Fields = {}
      for (const name of Object.keys(LIMITS)) {
        const value = text(given, name)
        if (value === undefined) continue
        if (value !== 'none' && !/^[1-9][0-9]*$/.test(value)) throw new UsageError(`--${name} takes a number or none`)
        limits[name.replaceAll('-', '_')] = value === 'none' ? null : Number(value)
      }
      if (Object.keys(limits).length === 0) throw new UsageError('there is no limit to change')
      return shown(await client.call('PATCH', path(given.words[0]!), { limits }))
    },
  },
  'tenant deletion': {
    takes: '<id>',
    help: 'shows the certificate of a tenant that was deleted (operator)',
    async run(client, { words }) {
      const value = await client.call('GET', `${path(words[0]!)}/deletion`)
      const removed = Object.entries(value['removed'] as Fields).map(([what, count]) => ({ what, count }))
      const remains = (value['remains'] as Fields[]).map(
        ({ what, until }) => `  ${what}${until ? `: until ${until}` : ''}`,
      )
      const head = `Tenant ${value['tenant']} (${value['name']}): ${value['status']}, asked for ${value['requested_at']}, completed ${value['completed_at'] ?? '-'}`
      const text = `${head}\n\n${formatTable(['what', 'count'], removed)}\n\nWhat ages out by itself:\n${remains.join('\n')}`
      return { kind: 'done', value, text }
    },
  },
  'tenant suspend': {
    takes: '<id>',
    help: 'stops sign-in, receiving and sending of a tenant (operator)',
    async run(client, { words }) {
      const value = await client.call('POST', `${path(words[0]!)}/suspend`)
      return { kind: 'done', value, text: `Tenant ${value['id']} is suspended.` }
    },
  },
  'tenant resume': {
    takes: '<id>',
    help: 'ends the suspension of a tenant (operator)',
    async run(client, { words }) {
      const value = await client.call('POST', `${path(words[0]!)}/resume`)
      return { kind: 'done', value, text: `Tenant ${value['id']} is active.` }
    },
  },
  'tenant remove': {
    takes: '<id>',
    help: 'deletes a tenant with everything it owns (operator)',
    async run(client, { words }) {
      const value = await client.call('DELETE', path(words[0]!))
      return { kind: 'done', value, text: `Tenant ${value['id']} is being deleted.` }
    },
  },
}

function path(id: string): string {
  return `/tenants/${encodeURIComponent(id)}`
}

function shown(value: Fields): Result {
  const limits = Object.entries((value['limits'] ?? {}) as Fields).map(([limit, most]) => ({ limit, most }))
  const text = `${formatTable(COLUMNS, [value])}\n\n${formatTable(['limit', 'most'], limits)}`
  return { kind: 'done', value, text }
}
