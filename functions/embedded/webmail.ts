import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { log } from '../../shared/log.ts'
import type { WebmailFiles } from '../../shared/servers/http/webmail.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const SOURCES = join(ROOT, 'functions/webmail')
/** Where build tools keep what can be made again. */
const CACHE = join(ROOT, 'node_modules/.cache/tubepost')
const MAX_OCTETS = 32 * 1024 * 1024

/**
 * The webmail out of its sources, when a browser first asks for it: as it was built before, else in about a second, by a process of its
 * own, so that none of the bundler stays in this one.
 */
export async function webmailFiles(): Promise<WebmailFiles> {
  const kept = join(CACHE, `webmail-${await digestOfSources()}.json`)
  const known = await readFile(kept, 'utf8').catch(() => undefined) // not built yet, or not to be read: it is built
  if (known !== undefined) return JSON.parse(known) as WebmailFiles
  const build = join(SOURCES, 'build.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [build], { maxBuffer: MAX_OCTETS })
  const files = JSON.parse(stdout) as WebmailFiles
  await keep(kept, stdout).catch((error: Error) => log.debug('webmail-not-kept', { error }))
  return files
}

/** Names, sizes and times of everything that goes into it. */
async function digestOfSources(): Promise<string> {
  const names = await readdir(SOURCES, { recursive: true })
  const paths = [...names.map((name) => join(SOURCES, name)), join(ROOT, 'package-lock.json')].sort()
  const stats = await Promise.all(paths.map((path) => stat(path)))
  const lines = stats.map(({ size, mtimeMs }, at) => `${paths[at]} ${size} ${mtimeMs}`)
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 32)
}

/** Whole or not at all, whoever else builds at the same time. */
async function keep(path: string, text: string): Promise<void> {
  await mkdir(CACHE, { recursive: true })
  const partial = `${path}.${process.pid}`
  await writeFile(partial, text)
  await rename(partial, path)
}
