/**
 * One function or task as one file of JavaScript, with nothing in it that it does not use. The same for synth, tests and images.
 * `node infra/bundle.ts handler <folder> <target>` and `node infra/bundle.ts image <target>` are for who cannot wait for a promise.
 */
import { execFile, execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type BuildOptions, build } from 'esbuild'
import { slimPackages } from './slim-packages.ts'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))
export const IMAGE_FOLDER = join(ROOT, 'infra/image')
/** The tasks that share the image. */
export const TASKS = ['smtp-ingress', 'mailbox-gateway'] as const

const OPTIONS: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  minify: true, // names, too: errors, of ours and of the SDK, say theirs as text
  charset: 'utf8',
  legalComments: 'none',
  mainFields: ['module', 'main'],
  external: ['cbor-extract'], // cbor-x's optional native helper, which it does without
  // Packages in CommonJS ask for node:* modules by require, which a module does not have. A long name, as the minifier gives out the short ones.
  banner: {
    js: "import{createRequire as requireOfTheBundle}from'node:module';const require=requireOfTheBundle(import.meta.url);",
  },
  absWorkingDir: ROOT,
  logLevel: 'error',
}

/** `functions/<folder>/handler.ts` as `<target>/handler.mjs`. */
export async function bundleHandler(folder: string, target: string): Promise<string> {
  if (folder === 'webmail') await bundleWebmail(target)
  return bundle(`functions/${folder}/handler.ts`, join(target, 'handler.mjs'))
}

/** `functions/<task>/main.ts` as `<target>/<task>.mjs`. */
export function bundleTask(task: string, target: string): Promise<string> {
  return bundle(`functions/${task}/main.ts`, join(target, `${task}.mjs`))
}

/** Threads that a task starts from a file beside its own (shared/engines/common/sender-check.ts). */
const THREADS = ['sender-check-thread'] as const

export function bundleThread(thread: (typeof THREADS)[number], target: string): Promise<string> {
  return bundle(`shared/engines/common/${thread}.ts`, join(target, `${thread}.mjs`))
}

/** The webmail's files, in a module beside what serves them (shared/transport/webmail-files.ts). */
async function bundleWebmail(target: string): Promise<void> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(ROOT, 'functions/webmail/build.ts')], {
    maxBuffer: 32 * 1024 * 1024,
  })
  mkdirSync(target, { recursive: true })
  writeFileSync(join(target, 'webmail-files.mjs'), `export default ${stdout}`)
}

const IMAGE_CONTEXT = join(ROOT, 'build/image')

/** All that the image build needs, in one folder. */
export async function imageContext(target = IMAGE_CONTEXT): Promise<string> {
  mkdirSync(target, { recursive: true })
  await Promise.all([
    ...TASKS.map((task) => bundleTask(task, target)),
    ...THREADS.map((thread) => bundleThread(thread, target)),
    bundleWebmail(target),
  ])
  copyFileSync(join(IMAGE_FOLDER, 'Dockerfile'), join(target, 'Dockerfile'))
  return target
}

/** For the CDK, whose constructs are made without waiting. */
export function bundleHandlerSync(folder: string, target: string): void {
  bundleInAProcess('handler', folder, target)
}

export function imageContextSync(): string {
  bundleInAProcess('image', IMAGE_CONTEXT)
  return IMAGE_CONTEXT
}

async function bundle(entryPoint: string, outfile: string): Promise<string> {
  await build({ ...OPTIONS, entryPoints: [entryPoint], outfile, plugins: [slimPackages] })
  return outfile
}

function bundleInAProcess(...args: string[]): void {
  execFileSync(process.execPath, [fileURLToPath(import.meta.url), ...args], { stdio: ['ignore', 'ignore', 'inherit'] })
}

if (import.meta.main) {
  const [what, ...names] = process.argv.slice(2)
  if (what === 'handler') await bundleHandler(names[0]!, names[1]!)
  else await imageContext(names[0])
}
