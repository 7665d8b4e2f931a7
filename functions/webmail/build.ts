/**
 * `node functions/webmail/build.ts`: the webmail for browsers, on standard output as one JSON of its files, each compressed beforehand
 * (`WebmailFiles` in shared/servers/http/webmail.ts). A program, so that what serves the files holds no bundler.
 */
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { type BuildOptions, build } from 'esbuild'

const FOLDER = fileURLToPath(new URL('.', import.meta.url))

const OPTIONS: BuildOptions = {
  absWorkingDir: FOLDER,
  entryPoints: { webmail: 'main.tsx', message: 'styles/message.css', admin: 'admin/admin.css' },
  outdir: 'assets',
  bundle: true,
  splitting: true,
  write: false,
  metafile: true,
  platform: 'browser',
  format: 'esm',
  target: ['chrome120', 'firefox120', 'safari17'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  minify: true,
  legalComments: 'none',
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  logLevel: 'error',
}

const TYPES: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
}

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#2f5bd0"/><path d="M8 11.5h16v10a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 8 21.500zM8 11.500l8 6.500 8-6.500" fill="none" stroke="#fff" stroke-width="2" stroke-linejoin="round"/></svg>`

/** `adminStyle` is for the page's own script, which asks for it where it is needed. */
function page(script: string, style: string, adminStyle: string, eager: readonly string[]): string {
  return `<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<title>Tubepost</title>
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content">
<meta name="color-scheme" content="light dark">
<meta name="admin-style" content="/assets/${adminStyle}">
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/${style}">
<script type="module" src="/assets/${script}"></script>
${eager.map((name) => `<link rel="modulepreload" href="/assets/${name}">`).join('\n')}
</head>
<body><div id="app"></div><noscript>Tubepost's webmail needs JavaScript. Any mail client reads the same mail by IMAP.</noscript></body>
</html>
`
}

/** An empty page that a message is shown in (views/message-frame.tsx); what it may do is in its header. */
function framePage(style: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Message</title><meta name="referrer" content="no-referrer">
<link rel="stylesheet" href="/assets/${style}"></head><body></body></html>
`
}

async function compressed(type: string, octets: Uint8Array) {
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(octets, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
    promisify(gzip)(octets, { level: 9 }),
  ])
  return { type, br: br.toString('base64'), gzip: gz.toString('base64') }
}

async function main(): Promise<void> {
  const { outputFiles = [], metafile } = await build(OPTIONS)
  const outputs = Object.entries(metafile!.outputs)
  const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1)
  const [script, entry] = outputs.find(([, { entryPoint }]) => entryPoint === 'main.tsx')!
  const [frameStyle] = outputs.find(([, { entryPoint }]) => entryPoint === 'styles/message.css')!
  const [adminStyle] = outputs.find(([, { entryPoint }]) => entryPoint === 'admin/admin.css')!
  const eager = entry.imports.filter(({ kind }) => kind === 'import-statement').map(({ path }) => nameOf(path))
  const text = new TextEncoder()
  const html = 'text/html; charset=utf-8'
  const files: Record<string, Awaited<ReturnType<typeof compressed>>> = {
    page: await compressed(
      html,
      text.encode(page(nameOf(script), nameOf(entry.cssBundle!), nameOf(adminStyle), eager)),
    ),
    frame: await compressed(html, text.encode(framePage(nameOf(frameStyle)))),
    'assets/icon.svg': await compressed('image/svg+xml', text.encode(ICON)),
  }
  await Promise.all(
    outputFiles.map(async ({ path, contents }) => {
      const name = nameOf(path)
      const type = TYPES[name.slice(name.lastIndexOf('.'))]!
      files[`assets/${name}`] = await compressed(type, contents)
    }),
  )
  process.stdout.write(JSON.stringify(files))
}

await main()
