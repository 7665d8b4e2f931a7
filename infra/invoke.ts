/** `npm run invoke -- <function> <event file>`: the bundled handler, fed with an event under this shell's environment; prints its answer. */
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { bundleHandler } from './bundle.ts'

const [folder, file] = process.argv.slice(2)
if (folder === undefined || file === undefined) {
  console.error('usage: npm run invoke -- index-message events/index-message/created.json')
  process.exit(2)
}
const bundle = await bundleHandler(folder, mkdtempSync(join(tmpdir(), 'tubepost-invoke-')))
const { handler } = (await import(pathToFileURL(bundle).href)) as { handler: (event: unknown) => Promise<unknown> }
console.log(JSON.stringify(await handler(JSON.parse(readFileSync(file, 'utf8'))), null, 2))
process.exit(0) // connections are kept for the next event, which does not come
