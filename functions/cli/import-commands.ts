import { text as readText } from 'node:stream/consumers'
import type { MboxFormat } from '../../shared/codec/mbox/reader.ts'
import type { Client } from './client.ts'
import { type Command, type Given, needed, text, texts } from './command.ts'
import { type ImapSettings, openImapSource } from './imap-source.ts'
import { runImport } from './import-run.ts'
import { openMaildirSource } from './maildir-source.ts'
import { openMboxSource } from './mbox-source.ts'
import type { Result } from './output.ts'
import type { Source } from './source.ts'
import { UsageError } from './usage-error.ts'

const WHERE = {
  into: { type: 'string', help: 'mailbox below which all of it goes' },
  mailbox: { type: 'string', help: 'mailbox that all messages go to' },
  only: { type: 'string', multiple: true, help: 'mailbox of the source to bring; may be repeated' },
  except: { type: 'string', multiple: true, help: 'mailbox of the source to leave; may be repeated' },
} as const

const PORTS: Record<ImapSettings['tls'], number> = { implicit: 993, starttls: 143, none: 143 }
const MBOX_FORMATS: readonly MboxFormat[] = ['mboxrd', 'mboxo', 'raw']

/** Run again, each goes on where it was cut off: what has come in is known by the server. */
export const IMPORT_COMMANDS: Record<string, Command> = {
  'import imap': {
    takes: '<account>',
    help: 'brings mailboxes from another server; run again it goes on where it was cut off',
    options: {
      host: { type: 'string', help: 'the other server' },
      port: { type: 'string', help: 'its port; else 993, without implicit TLS 143' },
      user: { type: 'string', help: 'who signs in there' },
      password: { type: 'string', help: '`-` reads it from standard input; else TUBEPOST_IMPORT_PASSWORD' },
      tls: { type: 'string', help: 'implicit (default), starttls or none' },
      insecure: { type: 'boolean', help: 'takes any certificate' },
      ...WHERE,
    },
    async run(client, given, { environment, progress }) {
      const settings = await imapSettings(given, environment['TUBEPOST_IMPORT_PASSWORD'])
      return imported(client, () => openImapSource(settings), given, progress)
    },
  },
  'import mbox': {
    takes: '<account> <path…>',
    help: 'brings mbox files, or folders of them',
    options: {
      format: { type: 'string', help: 'mboxrd (default), mboxo or raw: how From lines are quoted' },
      ...WHERE,
    },
    async run(client, given, { progress }) {
      const format = choice(text(given, 'format') ?? 'mboxrd', 'format', MBOX_FORMATS)
      return imported(client, async () => openMboxSource(given.words.slice(1), format), given, progress)
    },
  },
  'import maildir': {
    takes: '<account> <folder>',
    help: 'brings a Maildir with its subfolders',
    options: WHERE,
    async run(client, given, { progress }) {
      return imported(client, async () => openMaildirSource(given.words[1]!), given, progress)
    },
  },
}

async function imported(
  client: Client,
  open: () => Promise<Source>,
  given: Given,
  progress: (text: string) => void,
): Promise<Result> {
  const wish = {
    account: given.words[0]!,
    only: texts(given, 'only'),
    except: texts(given, 'except'),
    into: text(given, 'into'),
    mailbox: text(given, 'mailbox'),
  }
  const rows = await runImport(client, open, wish, progress)
  const columns = ['from', 'mailbox', 'messages', 'imported', 'known', 'refused']
  return { kind: 'table', columns, rows, failed: rows.some(({ refused }) => refused > 0) }
}

async function imapSettings(given: Given, fromEnvironment: string | undefined): Promise<ImapSettings> {
  const tls = choice(text(given, 'tls') ?? 'implicit', 'tls', ['implicit', 'starttls', 'none'] as const)
  const port = Number(text(given, 'port') ?? PORTS[tls])
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new UsageError('--port takes a port')
  const option = text(given, 'password')
  const password = option === '-' ? (await readText(process.stdin)).replace(/\r?\n$/, '') : (option ?? fromEnvironment)
  if (password === undefined || password === '') throw new UsageError('--password is missing')
  const insecure = given.options['insecure'] === true
  return { host: needed(given, 'host'), port, user: needed(given, 'user'), password, tls, insecure }
}

function choice<T extends string>(value: string, name: string, choices: readonly T[]): T {
  const found = choices.find((one) => one === value)
  if (found === undefined) throw new UsageError(`--${name} takes ${choices.join(', ')}`)
  return found
}
