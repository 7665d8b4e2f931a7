import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { text as readText } from 'node:stream/consumers'
import { type Command, needed, text, texts } from './command.ts'
import { UsageError } from './usage-error.ts'

export const SEND_COMMAND: Record<string, Command> = {
  send: {
    takes: '',
    help: 'sends a message; its text comes from standard input unless --text or --html has it',
    options: {
      from: { type: 'string', help: 'address of a verified domain' },
      to: { type: 'string', multiple: true, help: 'recipient; may be repeated' },
      cc: { type: 'string', multiple: true, help: 'recipient of a copy; may be repeated' },
      subject: { type: 'string', help: 'subject' },
      text: { type: 'string', help: 'plain text' },
      html: { type: 'string', help: 'HTML' },
      attach: { type: 'string', multiple: true, help: 'file to attach; may be repeated' },
    },
    async run(client, given) {
      const to = texts(given, 'to')
      if (to.length === 0) throw new UsageError('--to is missing')
      const html = text(given, 'html')
      const plain = text(given, 'text') ?? (html === undefined ? await readText(process.stdin) : undefined)
      const attachments = await Promise.all(
        texts(given, 'attach').map(async (file) => ({
          filename: basename(file),
          content: await readFile(file, 'base64'),
        })),
      )
      const cc = texts(given, 'cc')
      const value = await client.call('POST', '/emails', {
        from: needed(given, 'from'),
        to,
        subject: needed(given, 'subject'),
        ...(cc.length > 0 && { cc }),
        ...(plain !== undefined && { text: plain }),
        ...(html !== undefined && { html }),
        ...(attachments.length > 0 && { attachments }),
      })
      return { kind: 'done', value, text: `Taken as ${value['id']}.` }
    },
  },
}
