/**
 * Fails where an import runs against the house plan (README, "How it is built"): a folder of `shared/` imports only from
 * those above it, a function imports no sibling, and `infra/` and the functions keep to what they may know.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** What each place may import besides itself: places of this repository, then packages by their own rule below. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'shared/settings.ts': [],
  'shared/log.ts': [],
  'shared/metrics.ts': [],
  'shared/codec': [],
  'shared/mailbox': ['shared/codec'],
  'shared/ports': ['shared/codec', 'shared/mailbox'],
  'shared/store': ['shared/codec', 'shared/mailbox', 'shared/ports'],
  'shared/flows': ['shared/codec', 'shared/mailbox', 'shared/ports', 'shared/store'],
  'shared/servers': ['shared/codec', 'shared/mailbox', 'shared/ports', 'shared/store', 'shared/flows'],
  'shared/transport': ['shared/codec', 'shared/mailbox', 'shared/ports', 'shared/servers'],
  'shared/engines': ['shared/codec', 'shared/mailbox', 'shared/ports'],
  functions: ['shared/*'],
  infra: ['shared/settings.ts'],
  test: ['shared/*', 'functions', 'infra', 'test'],
}
const BESIDE_EVERYTHING = ['shared/settings.ts', 'shared/log.ts', 'shared/metrics.ts']

/** Packages that belong to one place alone; every other dependency may be imported where it is needed. */
const PACKAGE_HOMES: readonly { packages: RegExp; homes: readonly string[] }[] = [
  { packages: /^(aws-cdk-lib|constructs|cdk-nag)(\/|$)/, homes: ['infra', 'test'] },
  { packages: /^@(aws-sdk|smithy)\//, homes: ['shared/engines', 'test'] },
  { packages: /^node:sqlite$/, homes: ['shared/engines', 'test'] },
  {
    packages: /^node:(fs|net|tls|http|https|dns)(\/|$)/,
    homes: ['shared/engines', 'shared/transport', 'functions', 'infra', 'test'],
  },
]

function place(path: string): string {
  const parts = path.split('/')
  return parts[0] === 'shared' ? parts.slice(0, 2).join('/') : parts[0]!
}

function importsOf(source: string): string[] {
  const specifiers = source.matchAll(
    /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s+'([^']+)'|^\s*import\s+'([^']+)'|\bimport\(\s*'([^']+)'/gm,
  )
  return [...specifiers].map((match) => match[1] ?? match[2] ?? match[3]!)
}

/** One line for each import of `path` that the plan does not draw. */
function violations(path: string, source: string): string[] {
  const from = place(path)
  const allowed = MAY_IMPORT[from]
  if (allowed === undefined) return [`${path}: no such room in the house plan`]
  return importsOf(source).flatMap((specifier) => {
    if (!specifier.startsWith('.')) {
      const home = PACKAGE_HOMES.find(({ packages }) => packages.test(specifier))
      return home && !home.homes.includes(from) ? [`${path}: ${specifier} belongs to ${home.homes.join(', ')}`] : []
    }
    const target = relative(ROOT, join(ROOT, dirname(path), specifier))
    const to = place(target)
    if (from === 'functions' && to === 'functions') {
      const sibling = target.split('/')[1] !== path.split('/')[1]
      return sibling ? [`${path}: a function imports no sibling (${target})`] : []
    }
    if (from === 'shared/engines' && to === 'shared/engines') {
      const [own, other] = [path.split('/')[2], target.split('/')[2]]
      const sibling = own !== other && other !== 'common'
      return sibling ? [`${path}: one engine does not know another (${target})`] : []
    }
    if (to === from || BESIDE_EVERYTHING.includes(to) || allowed.includes(to)) return []
    if (allowed.includes('shared/*') && to.startsWith('shared/')) return []
    return [`${path}: imports ${target}, against the house plan`]
  })
}

const files = Object.keys(MAY_IMPORT)
  .filter((name) => !name.includes('/'))
  .concat('shared')
  .flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
  .filter((path) => path.endsWith('.ts') || path.endsWith('.tsx'))
const found = files.flatMap((path) => violations(path, readFileSync(join(ROOT, path), 'utf8')))
for (const line of found) console.error(line)
console.log(`house plan: ${files.length} files, ${found.length} imports against it`)
process.exitCode = found.length > 0 ? 1 : 0
