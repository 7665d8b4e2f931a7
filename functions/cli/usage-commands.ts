import type { Fields } from './client.ts'
import { type Command, text } from './command.ts'
import { UsageError } from './usage-error.ts'

const BY = ['tenant', 'account', 'day'] as const

export const USAGE_COMMANDS: Record<string, Command> = {
  usage: {
    takes: '',
    help: 'shows what was used, and what it costs',
    options: {
      from: { type: 'string', help: 'first day, YYYY-MM-DD; else thirty days before the last' },
      to: { type: 'string', help: 'last day; else today' },
      by: { type: 'string', help: 'a line for each tenant (default), account or day' },
      csv: { type: 'boolean', help: 'as CSV, by tenant, day and account' },
    },
    async run(client, given) {
      const by = BY.find((one) => one === (text(given, 'by') ?? 'tenant'))
      if (by === undefined) throw new UsageError(`--by takes ${BY.join(', ')}`)
      const query = new URLSearchParams()
      for (const name of ['from', 'to']) {
        const day = text(given, name)
        if (day !== undefined) query.set(name, day)
      }
      if (given.options['csv'] === true) {
        const chunks = await Array.fromAsync(await client.receive(`/usage?format=csv&${query}`))
        const csv = Buffer.concat(chunks).toString().trimEnd()
        return { kind: 'done', text: csv, value: { csv } }
      }
      const usage = await client.call('GET', `/usage?${query}`)
      const tenants = usage['tenants'] as (Fields & { totals: Fields; days: Fields[]; accounts: Fields[] })[]
      const rows = tenants.flatMap(({ tenant, totals, days, accounts }) => {
        if (by === 'tenant') return [{ tenant, ...totals }]
        if (by === 'day') return days.map(({ date, totals: ofDay }) => ({ tenant, date, ...(ofDay as Fields) }))
        return accounts.map(({ address, account, totals: own }) => ({
          tenant,
          account: address ?? account ?? 'API',
          ...(own as Fields),
        }))
      })
      const columns = ['tenant', ...(by === 'day' ? ['date'] : by === 'account' ? ['account'] : [])]
      return { kind: 'table', columns: [...columns, ...Object.keys(usage['totals'] as Fields)], rows }
    },
  },
}
