/** An esbuild plugin that leaves out of packages what no function or task of ours can come to use, and what keeps esbuild from seeing that. */
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Plugin } from 'esbuild'

/** Credentials of people's machines: a function has them in its environment, a task from its container's address. */
const OF_PEOPLE = /^@aws-sdk\/credential-provider-(ini|login|process|sso|web-identity)$/
/** What the chain of providers imports from them; each says "not I", and the chain goes on. */
const NOT_I = `const notI = () => async () => { throw Object.assign(new Error('not in this bundle'), { tryNextLink: true }) }
export { notI as fromIni, notI as fromProcess, notI as fromSSO, notI as fromTokenFile }`

/** Files that a package's one namespace holds fast, by what stands in their place. */
const UNUSED: readonly [file: RegExp, contents: string][] = [
  // Messages in fifty languages; English is set up by zod itself.
  [/\/zod\/v4\/locales\/index\.js$/, "export { default as en } from './en.js'"],
  [/\/zod\/v4\/classic\/from-json-schema\.js$/, 'export const fromJSONSchema = undefined'],
  [
    /\/zod\/v4\/core\/compile\.js$/,
    `export const INVALID = Symbol.for('zod.compile.invalid'), compile = undefined, withParser = undefined, compileFn = undefined
export const ZodCompileAsyncError = undefined, ZodCompileUnsupportedError = undefined`,
  ],
  // Its parser is all that is asked for; trees and their writing bring a second set of HTML's entities.
  [/\/htmlparser2\/dist\/esm\/index\.js$/, "export { Parser } from './Parser.js'"],
]

/** Schemas of the SDK's operations: lists whose keys are computed of constants, which esbuild must take to have effects. */
const SDK_SCHEMAS = /\/@aws-sdk\/[^/]+\/dist-es\/.*schemas_0\.js$/
const CONSTANT = /^const (\w+) = ("[^"\\]*");$/gm
const COMPUTED_KEY = /\[(\w+)\](?=:)/g

export const slimPackages: Plugin = {
  name: 'slim-packages',
  setup(build) {
    build.onResolve({ filter: OF_PEOPLE }, () => ({ path: 'not-i', namespace: 'slim-packages' }))
    build.onLoad({ filter: /.*/, namespace: 'slim-packages' }, () => ({ contents: NOT_I }))
    for (const [filter, contents] of UNUSED) {
      build.onLoad({ filter }, ({ path }) => ({ contents, resolveDir: dirname(path) }))
    }
    build.onLoad({ filter: SDK_SCHEMAS }, async ({ path }) => ({
      contents: withLiteralKeys(await readFile(path, 'utf8')),
    }))
  },
}

function withLiteralKeys(text: string): string {
  const constants = new Map(Array.from(text.matchAll(CONSTANT), ([, name, value]) => [name, value]))
  return text.replace(COMPUTED_KEY, (whole, name: string) => constants.get(name) ?? whole)
}
