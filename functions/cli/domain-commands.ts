import type { Client, Fields } from './client.ts'
import { type Command, text, texts } from './command.ts'
import { formatTable } from './output.ts'
import { UsageError } from './usage-error.ts'

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
  'domain records': {
    takes: '<name>',
    help: 'lists the DNS records of a domain',
    async run(client, { words }) {
      const { records } = await client.call('GET', `/domains/${await idOf(client, words[0]!)}`)
      return { kind: 'table', columns: RECORD_COLUMNS, rows: records as Fields[] }
    },
  },
  'domain claim': {
    takes: '<name>',
    help: 'claims a domain that somebody else may have here; with --verify, looks for the proof',
    options: { verify: { type: 'boolean', help: 'looks for the TXT record that the claim asked for' } },
    async run(client, { words, options }) {
      const name = words[0]!
      if (options['verify'] === true) {
        return claimed(await client.call('POST', `/domains/${await idOf(client, name)}/claim/verify`))
      }
      return claimed(await client.call('POST', '/domains/claim', { name }))
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
  'domain protect': {
    takes: '<name>',
    help: 'shows what is kept out of a domain, and changes what is given',
    options: {
      dmarc: { type: 'string', help: 'what becomes of mail that fails it: `reject`, `junk` or `none`' },
      greylisting: { type: 'string', help: '`on` or `off`' },
      dnsbl: { type: 'string', multiple: true, help: 'a block list to ask; several times for several; `none`' },
    },
    async run(client, given) {
      const dmarc = text(given, 'dmarc')
      const greylisting = text(given, 'greylisting')
      const dnsbl = texts(given, 'dnsbl')
      if (greylisting !== undefined && greylisting !== 'on' && greylisting !== 'off') {
        throw new UsageError('--greylisting takes on or off')
      }
      const protection = {
        ...(dmarc !== undefined && { dmarc }),
        ...(greylisting !== undefined && { greylisting: greylisting === 'on' }),
        ...(dnsbl.length > 0 && { dnsbl: dnsbl.filter((zone) => zone !== 'none') }),
      }
      const path = `/domains/${await idOf(client, given.words[0]!)}`
      if (Object.keys(protection).length > 0) await client.call('PATCH', path, { protection })
      const { protection: now } = await client.call('GET', path)
      return { kind: 'table', columns: ['dmarc', 'greylisting', 'dnsbl'], rows: now === null ? [] : [now as Fields] }
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

function claimed(value: Fields) {
  const { name, value: proof } = value['record'] as { name: string; value: string }
  const [domain, status, failure] = [value['name'], value['status'], value['failure_reason']]
  const next = {
    pending: `${failure ? `${failure}\n` : ''}Publish this TXT record, then run "tubepost domain claim ${domain} --verify":\n${name}  ${proof}`,
    completed: 'The domain is yours.',
    expired: 'Claim it again for a new record.',
  }[String(status)]
  return { kind: 'done', value, text: `Claim of ${domain}: ${status}. ${next}` } as const
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
