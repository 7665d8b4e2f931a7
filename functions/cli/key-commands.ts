import { type Command, text } from './command.ts'

export const KEY_COMMANDS: Record<string, Command> = {
  'key add': {
    takes: '<name>',
    help: 'creates an API key',
    options: {
      sending: { type: 'boolean', help: 'for sending alone' },
      'domain-id': { type: 'string', help: 'for sending from this domain alone' },
    },
    async run(client, given) {
      const domain = text(given, 'domain-id')
      const restricted = given.options['sending'] === true || domain !== undefined
      const value = await client.call('POST', '/api-keys', {
        name: given.words[0],
        permission: restricted ? 'sending_access' : 'full_access',
        ...(domain !== undefined && { domain_id: domain }),
      })
      return { kind: 'done', value, text: `Key ${value['id']}, shown only now:\n${value['token']}` }
    },
  },
  'key list': {
    takes: '',
    help: 'lists API keys',
    async run(client) {
      const columns = ['id', 'name', 'permission', 'created_at', 'last_used_at']
      return { kind: 'table', columns, rows: await client.list('/api-keys') }
    },
  },
  'key remove': {
    takes: '<id>',
    help: 'removes an API key',
    async run(client, { words }) {
      const value = await client.call('DELETE', `/api-keys/${encodeURIComponent(words[0]!)}`)
      return { kind: 'done', value, text: `Key ${words[0]} opens nothing any more.` }
    },
  },
}
