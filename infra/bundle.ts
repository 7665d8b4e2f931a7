/** One function or task as one file of JavaScript, with nothing in it that it does not use. The same for synth, tests and images. */
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, buildSync } from 'esbuild'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))
export const IMAGE_FOLDER = join(ROOT, 'infra/image')
/** The tasks that share the image. */
export const TASKS = ['smtp-ingress', 'mailbox-gateway'] as const

const OPTIONS: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  minify: true,
  keepNames: true, // names of error classes are part of what is logged
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
export function bundleHandler(folder: string, target: string): string {
  const outfile = join(target, 'handler.mjs')
  buildSync({ ...OPTIONS, entryPoints: [`functions/${folder}/handler.ts`], outfile })
  return outfile
}

/** `functions/<task>/main.ts` as `<target>/<task>.mjs`. */
export function bundleTask(task: string, target: string): string {
  const outfile = join(target, `${task}.mjs`)
  buildSync({ ...OPTIONS, entryPoints: [`functions/${task}/main.ts`], outfile })
  return outfile
}

/** Threads that a task starts from a file beside its own (shared/engines/common/sender-check.ts). */
const THREADS = ['sender-check-thread'] as const

export function bundleThread(thread: (typeof THREADS)[number], target: string): string {
  const outfile = join(target, `${thread}.mjs`)
  buildSync({ ...OPTIONS, entryPoints: [`shared/engines/common/${thread}.ts`], outfile })
  return outfile
}

/** All that the image build needs, in one folder. */
export function imageContext(target = join(ROOT, 'build/image')): string {
  mkdirSync(target, { recursive: true })
  for (const task of TASKS) bundleTask(task, target)
  for (const thread of THREADS) bundleThread(thread, target)
  copyFileSync(join(IMAGE_FOLDER, 'Dockerfile'), join(target, 'Dockerfile'))
  return target
}
