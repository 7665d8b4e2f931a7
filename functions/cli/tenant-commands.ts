import { type Command, text } from './command.ts'

const COLUMNS = ['id', 'name', 'status', 'created_at']

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
  'tenant suspend': {
    takes: '<id>',
    help: 'stops sign-in, receiving and sending of a tenant (operator)',
    async run(client, { words }) {
      const value = await client.call('POST', `/tenants/${encodeURIComponent(words[0]!)}/suspend`)
      return { kind: 'done', value, text: `Tenant ${value['id']} is suspended.` }
    },
  },
  'tenant resume': {
    takes: '<id>',
    help: 'ends the suspension of a tenant (operator)',
    async run(client, { words }) {
      const value = await client.call('POST', `/tenants/${encodeURIComponent(words[0]!)}/resume`)
      return { kind: 'done', value, text: `Tenant ${value['id']} is active.` }
    },
  },
  'tenant remove': {
    takes: '<id>',
    help: 'deletes a tenant with everything it owns (operator)',
    async run(client, { words }) {
      const value = await client.call('DELETE', `/tenants/${encodeURIComponent(words[0]!)}`)
      return { kind: 'done', value, text: `Tenant ${value['id']} is being deleted.` }
    },
  },
}
