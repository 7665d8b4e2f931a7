import type { Client, Fields } from './client.ts'
import type { Command } from './command.ts'
import { formatTable } from './output.ts'

const RECORD_COLUMNS = ['status', 'required', 'type', 'name', 'priority', 'value']

export const DOMAIN_COMMANDS: Record<string, Command> = {
  'domain add': {
    takes: '<name>',
    help: 'adds a domain and shows the DNS records it needs',
    options: { verified: { type: 'boolean', help: 'without any look-up (operator)' } },
    async run(client, { words, options }) {
      const verified = options['verified'] === true && { verified: true }
      return shown(await client.call('POST', '/domains', { name: words[0], ...verified }))
    },
  },
  'domain list': {
    takes: '',
    help: 'lists domains',
    async run(client) {
      return { kind: 'table', columns: ['name', 'status', 'created_at', 'id'], rows: await client.list('/domains') }
    },
  },
  'domain show': {
    takes: '<name>',
    help: 'shows a domain with its records',
    async run(client, { words }) {
      return shown(await client.call('GET', `/domains/${await idOf(client, words[0]!)}`))
    },
  },
  'domain verify': {
    takes: '<name>',
    help: 'looks the records of a domain up',
    async run(client, { words }) {
      const id = await idOf(client, words[0]!)
      await client.call('POST', `/domains/${id}/verify`)
      return shown(await client.call('GET', `/domains/${id}`))
    },
  },
  'domain remove': {
    takes: '<name>',
    help: 'removes a domain that has no addresses any more',
    async run(client, { words }) {
      const value = await client.call('DELETE', `/domains/${await idOf(client, words[0]!)}`)
      return { kind: 'done', value, text: `Domain ${words[0]} is removed.` }
    },
  },
}

function shown(value: Fields) {
  const records = value['records'] as Fields[]
  const text = `Domain ${value['name']}: ${value['status']}\n\n${formatTable(RECORD_COLUMNS, records)}`
  return { kind: 'done', value, text } as const
}

/** People know domains by their names. */
async function idOf(client: Client, name: string): Promise<string> {
  const found = (await client.list('/domains')).find((domain) => domain['name'] === name.toLowerCase())
  if (found === undefined) throw new Error(`there is no domain ${name} here; "tubepost domain list" names them`)
  return String(found['id'])
}
