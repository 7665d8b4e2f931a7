import { setTimeout as pause } from 'node:timers/promises'
import type { Fields } from './client.ts'
import type { Command } from './command.ts'

const FIRST_PAUSE_MS = 200
const LONGEST_PAUSE_MS = 10_000

export const REINDEX_COMMAND: Record<string, Command> = {
  reindex: {
    takes: '<tenant>',
    help: 'makes the index of a tenant anew out of the bucket, and waits for it (operator)',
    options: { 'no-wait': { type: 'boolean', help: 'only asks for it' } },
    async run(client, { words, options }, { progress }) {
      const path = `/tenants/${encodeURIComponent(words[0]!)}/reindex`
      let value: Fields = await client.call('POST', path)
      for (
        let ms = FIRST_PAUSE_MS;
        isUnderWay(value) && options['no-wait'] !== true;
        ms = Math.min(ms * 2, LONGEST_PAUSE_MS)
      ) {
        progress(`${value['status']}: ${value['views']} messages looked at`)
        await pause(ms)
        value = await client.call('GET', path)
      }
      const counts = `${value['views']} messages, ${value['mailboxes']} mailboxes restored, ${value['messages_found']} messages found in none`
      return { kind: 'done', value, text: `The reindex of ${words[0]} is ${value['status']}: ${counts}.` }
    },
  },
}

/** What failed is tried again by itself. */
function isUnderWay({ status }: Fields): boolean {
  return status !== 'completed'
}
