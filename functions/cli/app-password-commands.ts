import type { Command } from './command.ts'

export const APP_PASSWORD_COMMANDS: Record<string, Command> = {
  'app-password add': {
    takes: '<account> <name>',
    help: 'gives an account a password for one program',
    async run(client, { words }) {
      const [account, name] = words as [string, string]
      const value = await client.call('POST', path(account), { name })
      return { kind: 'done', value, text: `App password ${value['id']}, shown only now:\n${value['password']}` }
    },
  },
  'app-password list': {
    takes: '<account>',
    help: 'lists the app passwords of an account',
    async run(client, { words }) {
      return { kind: 'table', columns: ['id', 'name', 'created_at'], rows: await client.list(path(words[0]!)) }
    },
  },
  'app-password remove': {
    takes: '<account> <id>',
    help: 'takes an app password away',
    async run(client, { words }) {
      const [account, id] = words as [string, string]
      const value = await client.call('DELETE', `${path(account)}/${encodeURIComponent(id)}`)
      return { kind: 'done', value, text: `App password ${id} opens nothing any more.` }
    },
  },
}

function path(account: string): string {
  return `/accounts/${encodeURIComponent(account)}/app-passwords`
}
