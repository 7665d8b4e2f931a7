import type { WebmailFiles } from '../servers/http/webmail.ts'

/** The webmail where a bundle runs: in a module beside it (infra/bundle.ts), which is read when a browser first asks for it. */
export async function webmailFilesBeside(): Promise<WebmailFiles> {
  const { default: files } = await import(new URL('./webmail-files.mjs', import.meta.url).href)
  return files
}
