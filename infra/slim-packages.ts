/** An esbuild plugin that leaves out of packages what no function or task of ours can come to use, and what keeps esbuild from seeing that. */
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Plugin } from 'esbuild'
import { PACKED_TABLES } from './packed-tables.ts'

/** Credentials of people's machines: a function has them in its environment, a task from its container's address. */
const OF_PEOPLE = /^@aws-sdk\/credential-provider-(ini|login|process|sso|web-identity)$/
/** What the chain of providers imports from them; each says "not I", and the chain goes on. */
const NOT_I = `const notI = () => async () => { throw Object.assign(new Error('not in this bundle'), { tryNextLink: true }) }
export { notI as fromIni, notI as fromProcess, notI as fromSSO, notI as fromTokenFile }`

/** Where AWS runs us, credentials are in the environment or at an address that it names; a machine's own metadata are of neither. */
const OF_MACHINES = /^@smithy\/credential-provider-imds$/
const OF_MACHINES_NOT_I = `${NOT_I.replace(/export .*$/, '')}
export const ENV_CMDS_RELATIVE_URI = 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', ENV_CMDS_FULL_URI = 'AWS_CONTAINER_CREDENTIALS_FULL_URI'
export { notI as fromContainerMetadata, notI as fromInstanceMetadata }`

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
  // OpenAPI is made by a package of its own.
  [/\/zod\/v4\/core\/json-schema-generator\.js$/, 'export const JSONSchemaGenerator = undefined'],
  [
    /\/zod\/v4\/core\/to-json-schema\.js$/,
    'const no = () => undefined; export { no as createToJSONSchemaMethod, no as createStandardJSONSchemaMethod }',
  ],
  // Of S3's operations those that stream events are not called.
  [
    /\/@smithy\/core\/dist-es\/submodules\/event-streams\/index\.js$/,
    'export const EventStreamSerde = undefined, eventStreamSerdeProvider = () => undefined, resolveEventStreamSerdeConfig = (config) => config',
  ],
  // Node has these hashes of its own.
  [
    /\/(@smithy\/core|@aws-sdk\/checksums)\/dist-es\/submodules\/.*\/(Md5|Sha1|Sha256)Js\.js$/,
    'export const Md5Js = undefined, Sha1Js = undefined, Sha256Js = undefined',
  ],
  // Streams of browsers; Node's are its own.
  [
    /\/@smithy\/core\/dist-es\/submodules\/serde\/util-stream\/(sdk-stream-mixin|checksum\/createChecksumStream)\.browser\.js$/,
    "const no = () => { throw new Error('no stream of Node') }; export { no as sdkStreamMixin, no as createChecksumStream }",
  ],
  // The environment names the region (shared/settings.ts): no machine is asked for it.
  [
    /\/@smithy\/core\/dist-es\/submodules\/config\/config-resolver\/regionConfig\/getInstanceMetadataRegion\.js$/,
    'export const getInstanceMetadataRegion = async () => undefined',
  ],
  // The bucket is a general one, without sessions of S3 Express.
  [
    /\/@aws-sdk\/middleware-sdk-s3\/dist-es\/.*\/S3ExpressIdentityProviderImpl\.js$/,
    'export class S3ExpressIdentityProviderImpl { getS3ExpressIdentity() { throw new Error("no bucket of S3 Express") } }',
  ],
  // How a client repeats is said where it is made (shared/engines/aws/clients.ts).
  [
    /\/@smithy\/core\/dist-es\/submodules\/retry\/util-retry\/AdaptiveRetryStrategy\.js$/,
    'export const AdaptiveRetryStrategy = undefined',
  ],
  // DynamoDB's regional endpoints are where it is; none is looked for, or kept in a cache.
  [
    /\/@aws-sdk\/endpoint-cache\/dist-es\/EndpointCache\.js$/,
    'export class EndpointCache { get() {} getEndpoint() {} has() { return false } set() {} delete() {} clear() {} }',
  ],
  // Contents come from us as they are; nodemailer fetches nothing.
  [/\/nodemailer\/dist\/esm\/fetch\/index\.js$/, "export default () => { throw new Error('nothing is fetched here') }"],
  // Its parser is all that is asked for; trees and their writing bring a second set of HTML's entities.
  [/\/htmlparser2\/dist\/esm\/index\.js$/, "export { Parser } from './Parser.js'"],
]

/** How zod makes JSON Schema, which nobody asks of it here, behind the function that sums up a schema's checks. */
const ZOD_PROCESSORS = /\/zod\/v4\/core\/json-schema-processors\.js$/
/** A client's own package.json, of which it tells the service its version. */
const SDK_PACKAGE = /\/@aws-sdk\/[^/]+\/package\.json$/
/** Schemas of the SDK's operations: lists whose keys are computed of constants, which esbuild must take to have effects. */
const SDK_SCHEMAS = /\/@aws-sdk\/[^/]+\/dist-es\/.*schemas_0\.js$/
const CONSTANT = /^const (\w+) = ("[^"\\]*");$/gm
const COMPUTED_KEY = /\[(\w+)\](?=:)/g

export const slimPackages: Plugin = {
  name: 'slim-packages',
  setup(build) {
    build.onResolve({ filter: OF_PEOPLE }, () => ({ path: 'not-i', namespace: 'slim-packages' }))
    build.onLoad({ filter: /.*/, namespace: 'slim-packages' }, ({ path }) => ({
      contents: path === 'not-i' ? NOT_I : OF_MACHINES_NOT_I,
    }))
    for (const [filter, contents] of UNUSED) {
      build.onLoad({ filter }, ({ path }) => ({ contents, resolveDir: dirname(path) }))
    }
    build.onResolve({ filter: OF_MACHINES }, () => ({ path: 'not-i-machine', namespace: 'slim-packages' }))
    for (const [filter, pack] of PACKED_TABLES) {
      build.onLoad({ filter }, async ({ path }) => ({
        contents: pack(await readFile(path, 'utf8')),
        resolveDir: dirname(path),
      }))
    }
    build.onLoad({ filter: /\/@hono\/zod-openapi\/dist\/index\.mjs$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8'))
        .replace('import { z } from "zod"', 'import { ZodType } from "zod"')
        .replace('extendZodWithOpenApi(z)', 'extendZodWithOpenApi({ ZodType })')
        .replace('extendZodWithOpenApi, z }', 'extendZodWithOpenApi }')
        .replace('OpenApiGeneratorV3,', ''),
      resolveDir: dirname(path),
    }))
    build.onLoad({ filter: /\/shared\/.*\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace(
        /^import \{(.*)\bz \} from '@hono\/zod-openapi'/m,
        "import * as z from 'zod'; import {$1} from '@hono/zod-openapi'",
      ),
      loader: 'ts',
      resolveDir: dirname(path),
    }))
    build.onLoad({ filter: ZOD_PROCESSORS }, async ({ path }) => ({
      contents: upToAggregate(await readFile(path, 'utf8')),
      resolveDir: dirname(path),
    }))
    build.onLoad({ filter: SDK_PACKAGE }, async ({ path }) => {
      const { version } = JSON.parse(await readFile(path, 'utf8')) as { version: string }
      return { contents: JSON.stringify({ version }), loader: 'json' }
    })
    build.onLoad({ filter: SDK_SCHEMAS }, async ({ path }) => ({
      contents: withLiteralKeys(await readFile(path, 'utf8')),
    }))
  },
}

function upToAggregate(text: string): string {
  const end = text.indexOf('\n}\n', text.indexOf('export function aggregateChecks('))
  if (end < 0) throw new Error('zod sums up checks elsewhere')
  return `${text.slice(0, end + 2)}\nexport const toJSONSchema = undefined`
}

function withLiteralKeys(text: string): string {
  const constants = new Map(Array.from(text.matchAll(CONSTANT), ([, name, value]) => [name, value]))
  return text.replace(COMPUTED_KEY, (whole, name: string) => constants.get(name) ?? whole)
}
