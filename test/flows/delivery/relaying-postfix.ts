import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Postfix, startPostfix } from '../../postfix.ts'

export interface RelayingPostfix extends Postfix {
  log(): Promise<string>
}

/** Postfix that passes mail for each domain on to a port. */
export async function startRelayingPostfix(transport: Readonly<Record<string, number>>): Promise<RelayingPostfix> {
  const ways = Object.entries(transport).map(([domain, to]) => `{ ${domain} = smtp:[127.0.0.1]:${to} }`)
  const postfix = await startPostfix({
    hostName: 'relay.example',
    settings: (folder) => [
      `transport_maps = inline:{ ${ways.join(', ')} }`,
      `maillog_file = ${folder}/log`,
      `maillog_file_prefixes = ${tmpdir()}`,
    ],
    services: ['smtp unix - - n - - smtp', 'postlog unix-dgram n - n - 1 postlogd'],
  })
  return { ...postfix, log: () => readFile(join(postfix.folder, 'log'), 'utf8') }
}
