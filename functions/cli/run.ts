import { parseArgs } from 'node:util'
import { ACCOUNT_COMMANDS } from './account-commands.ts'
import { APP_PASSWORD_COMMANDS } from './app-password-commands.ts'
import { ApiCallError, makeClient } from './client.ts'
import type { Command } from './command.ts'
import { DOMAIN_COMMANDS } from './domain-commands.ts'
import { EXPORT_COMMANDS } from './export-commands.ts'
import { IMPORT_COMMANDS } from './import-commands.ts'
import { KEY_COMMANDS } from './key-commands.ts'
import { formatResult } from './output.ts'
import { REINDEX_COMMAND } from './reindex-command.ts'
import { SEND_COMMAND } from './send-command.ts'
import { TENANT_COMMANDS } from './tenant-commands.ts'
import { USAGE_COMMANDS } from './usage-commands.ts'
import { UsageError } from './usage-error.ts'

const COMMANDS: Readonly<Record<string, Command>> = {
  ...TENANT_COMMANDS,
  ...DOMAIN_COMMANDS,
  ...ACCOUNT_COMMANDS,
  ...APP_PASSWORD_COMMANDS,
  ...KEY_COMMANDS,
  ...SEND_COMMAND,
  ...USAGE_COMMANDS,
  ...IMPORT_COMMANDS,
  ...EXPORT_COMMANDS,
  ...REINDEX_COMMAND,
}

const DEFAULT_URL = 'http://127.0.0.1:8080'
const COMMON = {
  url: { type: 'string', help: `where the API is; else TUBEPOST_URL, else ${DEFAULT_URL}` },
  key: { type: 'string', help: 'an API key, or the operator key; else TUBEPOST_KEY' },
  tenant: { type: 'string', help: 'for operators: whom it is about; else TUBEPOST_TENANT' },
  json: { type: 'boolean', help: 'answers in JSON, for programs' },
  help: { type: 'boolean', help: 'shows this' },
} as const

/** 0: done. 1: refused, or not reached. 2: the command line is wrong. */
export type ExitCode = 0 | 1 | 2

export interface Streams {
  out(text: string): void
  error(text: string): void
  /** Takes the place of what it said before; without a text, of nothing. */
  progress?(text?: string): void
}

export async function run(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  { out, error, progress = () => undefined }: Streams,
): Promise<ExitCode> {
  try {
    const found = findCommand(args)
    if (found === undefined) {
      out(help(known(args[0] ?? '')))
      return args.length === 0 || args[0] === 'help' || args.includes('--help') ? 0 : 2
    }
    const { name, command, rest } = found
    const { values, positionals } = parse(command, rest)
    if (values['help'] === true) {
      out(commandHelp(name, command))
      return 0
    }
    requireWords(name, command, positionals)
    const key = (values['key'] as string | undefined) ?? environment['TUBEPOST_KEY']
    if (key === undefined || key === '') throw new UsageError('no key: give --key, or set TUBEPOST_KEY')
    const url = (values['url'] as string | undefined) ?? environment['TUBEPOST_URL'] ?? DEFAULT_URL
    if (!URL.canParse(url)) throw new UsageError(`${JSON.stringify(url)} is no URL`)
    const tenant = (values['tenant'] as string | undefined) ?? environment['TUBEPOST_TENANT']
    const json = values['json'] === true
    const surroundings = { environment, progress: (text: string) => (json ? undefined : progress(text)) }
    const client = makeClient({ url, key, tenant })
    const result = await command.run(client, { words: positionals, options: values }, surroundings)
    progress()
    out(formatResult(result, json))
    return result.kind === 'table' && result.failed ? 1 : 0
  } catch (caught) {
    progress()
    return tell(caught as Error, args.includes('--json'), error)
  }
}

function tell(caught: Error, json: boolean, error: Streams['error']): ExitCode {
  const usage = caught instanceof UsageError || (caught as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS')
  const known = caught instanceof ApiCallError && { statusCode: caught.statusCode, name: caught.errorName }
  if (json) error(JSON.stringify({ ...known, message: caught.message }))
  else error(`tubepost: ${caught.message}${usage ? '\n"tubepost help" names the commands.' : ''}`)
  return usage ? 2 : 1
}

/** What people also say. */
const SYNONYMS: Readonly<Record<string, string>> = {
  tenants: 'tenant',
  domains: 'domain',
  accounts: 'account',
  aliases: 'alias',
  keys: 'key',
  'app-passwords': 'app-password',
  delete: 'remove',
}

function known(word: string): string {
  return Object.hasOwn(SYNONYMS, word) ? SYNONYMS[word]! : word
}

/** A command is one word or two. */
function findCommand(args: readonly string[]): { name: string; command: Command; rest: string[] } | undefined {
  for (const length of [2, 1]) {
    const name = args.slice(0, length).map(known).join(' ')
    if (Object.hasOwn(COMMANDS, name)) return { name, command: COMMANDS[name]!, rest: args.slice(length) }
  }
  return undefined
}

function parse(command: Command, args: string[]) {
  const options = Object.fromEntries(
    Object.entries({ ...COMMON, ...command.options }).map(([name, { help: _help, ...option }]) => [name, option]),
  )
  return parseArgs({ args, options, allowPositionals: true })
}

function requireWords(name: string, { takes }: Command, words: readonly string[]): void {
  const places = takes === '' ? [] : takes.split(' ')
  const enough = words.length >= places.length && (takes.endsWith('…>') || words.length === places.length)
  if (!enough) throw new UsageError(`"tubepost ${name}" takes ${takes || 'nothing more'}`)
}

/** All commands, or those of a group. */
function help(group: string): string {
  const all = Object.entries(COMMANDS)
  const own = all.filter(([name]) => name.startsWith(`${group} `))
  const lines = (own.length > 0 ? own : all).map(([name, { takes, help }]) => [
    `  tubepost ${name} ${takes}`.trimEnd(),
    help,
  ])
  return `Tubepost's administration, over its HTTP API.\n\n${columns(lines)}\n\nEvery command takes:\n${optionHelp(COMMON)}`
}

function commandHelp(name: string, { takes, help, options = {} }: Command): string {
  return `tubepost ${name} ${takes}\n  ${help}\n\n${optionHelp({ ...options, ...COMMON })}`
}

function optionHelp(options: Readonly<Record<string, { type: string; help: string }>>): string {
  const lines = Object.entries(options).map(([name, { type, help }]) => [
    `  --${name}${type === 'string' ? ' <…>' : ''}`,
    help,
  ])
  return columns(lines)
}

function columns(lines: readonly (readonly string[])[]): string {
  const width = Math.max(...lines.map(([left]) => left!.length))
  return lines.map(([left, right]) => `${left!.padEnd(width)}  ${right}`).join('\n')
}
