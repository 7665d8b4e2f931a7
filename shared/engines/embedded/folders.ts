import { mkdir, open, readdir, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

/** Makes the folder and those above it, each safe against a loss of power before anything is put into it. */
export async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 })
  if (first === undefined) return
  for (let made = resolve(path); ; made = dirname(made)) {
    await flushFolder(dirname(made))
    if (made === resolve(first)) return
  }
}

/** What was made in, linked into or removed from the folder before the call is on the disk when it resolves. */
export async function flushFolder(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Folders in it are nothing of ours (lost+found, where it is a volume of its own): they stay. */
export async function emptyFolder(path: string): Promise<void> {
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (!entry.isDirectory()) await unlink(join(path, entry.name))
  }
}
