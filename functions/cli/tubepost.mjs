#!/usr/bin/env node
// Plain JavaScript, so that any Node can begin: the rest is TypeScript and needs the Node that came with the dependencies.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const OLDEST_NODE = 24
const main = new URL('./main.ts', import.meta.url)

if (Number(process.versions.node.split('.')[0]) >= OLDEST_NODE) {
  await import(main.href)
} else {
  const require = createRequire(import.meta.url)
  const node = join(dirname(require.resolve('node/package.json')), 'bin', 'node')
  const { status, error } = spawnSync(node, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit' })
  if (error) process.stderr.write(`tubepost: Node ${OLDEST_NODE} is needed: run "npm ci" first (${error.message})\n`)
  process.exitCode = status ?? 1
}
