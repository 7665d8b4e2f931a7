import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { WebmailFiles } from '../../shared/servers/http/webmail.ts'

const BUILD = fileURLToPath(new URL('../webmail/build.ts', import.meta.url))
const MAX_OCTETS = 32 * 1024 * 1024

/** The webmail out of its sources, in less than a second, when a browser first asks for it. By a process of its own, so that none of the bundler stays in this one. */
export async function webmailFiles(): Promise<WebmailFiles> {
  const { stdout } = await promisify(execFile)(process.execPath, [BUILD], { maxBuffer: MAX_OCTETS })
  return JSON.parse(stdout) as WebmailFiles
}
