/**
 * A disk as strictly as POSIX allows: what a file was given since its last fsync, and what happened in a folder since the folder's, may
 * be lost, kept, or kept in part when the power goes. It is fed with the system calls of a process and gives the folder back as a
 * restart would find it.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'

const SECTOR_OCTETS = 512

type Change = { at: number; octets: Buffer } | { size: number }

interface File {
  durable: Buffer
  pending: Change[]
}

interface Folder {
  entries: Map<string, Node>
  durable: Map<string, Node>
  pending: { name: string; node: Node | undefined }[]
}

type Node = File | Folder

/** Chooses what survives: `keep` for each change since the flush, `tear` for each sector of one that is kept in part. */
export interface Survival {
  keep(): boolean
  tear(): boolean
}

/** Everything that was not flushed is lost. */
export const STRICT: Survival = { keep: () => false, tear: () => false }

/** A random subset is kept, some of it in part. */
export function torn(seed: number): Survival {
  let state = seed | 1
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  return { keep: () => random() < 0.5, tear: () => random() < 0.1 }
}

const isFolder = (node: Node): node is Folder => 'entries' in node

export class SimulatedDisk {
  readonly #root: string
  readonly #tree: Folder = { entries: new Map(), durable: new Map(), pending: [] }
  readonly #open = new Map<number, { node: Node; at: number }>()
  /** Changes that a flush under way covers: those made before it began. */
  readonly #flushing = new Map<string, { node: Node; changes: number }>()

  /** Only what lies below `root` is followed; the root itself is there for good. */
  constructor(root: string) {
    this.#root = root
  }

  #find(path: string): { folder: Folder; name: string; node: Node | undefined } | undefined {
    const inside = relative(this.#root, path)
    if (inside.startsWith('..')) return undefined
    const names = inside.split(sep)
    let folder = this.#tree
    for (const name of names.slice(0, -1)) {
      const next = folder.entries.get(name)
      if (!next || !isFolder(next)) return undefined
      folder = next
    }
    const name = names.at(-1)!
    return { folder, name, node: inside === '' ? this.#tree : folder.entries.get(name) }
  }

  #enter(folder: Folder, name: string, node: Node | undefined): void {
    if (node) folder.entries.set(name, node)
    else folder.entries.delete(name)
    folder.pending.push({ name, node })
  }

  opened(path: string, fd: number, flags: string): void {
    const found = this.#find(path)
    this.#open.delete(fd)
    if (!found) return
    let { node } = found
    if (!node) {
      node = { durable: Buffer.alloc(0), pending: [] }
      this.#enter(found.folder, found.name, node)
    }
    if (flags.includes('O_TRUNC') && !isFolder(node)) node.pending.push({ size: 0 })
    this.#open.set(fd, { node, at: 0 })
  }

  closed(fd: number): void {
    this.#open.delete(fd)
  }

  /** `at` undefined: at the file's own position. */
  wrote(fd: number, octets: Buffer, at?: number): void {
    const open = this.#open.get(fd)
    if (!open || isFolder(open.node)) return
    open.node.pending.push({ at: at ?? open.at, octets })
    if (at === undefined) open.at += octets.length
  }

  truncated(fd: number, size: number): void {
    const open = this.#open.get(fd)
    if (open && !isFolder(open.node)) open.node.pending.push({ size })
  }

  madeFolder(path: string): void {
    const found = this.#find(path)
    if (found) this.#enter(found.folder, found.name, { entries: new Map(), durable: new Map(), pending: [] })
  }

  unlinked(path: string): void {
    const found = this.#find(path)
    if (found) this.#enter(found.folder, found.name, undefined)
  }

  linked(from: string, to: string): void {
    const [source, target] = [this.#find(from), this.#find(to)]
    if (source?.node && target) this.#enter(target.folder, target.name, source.node)
  }

  flushBegan(thread: string, fd: number): void {
    const open = this.#open.get(fd)
    if (open) this.#flushing.set(thread, { node: open.node, changes: open.node.pending.length })
  }

  flushed(thread: string): void {
    const flush = this.#flushing.get(thread)
    this.#flushing.delete(thread)
    if (!flush) return
    const { node } = flush
    // Another flush of the same file may have ended meanwhile and taken changes along: then those left are fewer.
    if (isFolder(node)) {
      for (const { name, node: entry } of node.pending.splice(0, flush.changes)) setEntry(node.durable, name, entry)
    } else {
      for (const change of node.pending.splice(0, flush.changes)) node.durable = changed(node.durable, change)
    }
  }

  /** Writes what a restart finds into the empty folder `target`. */
  restore(target: string, survival: Survival): void {
    restoreFolder(this.#tree, target, survival)
  }
}

function setEntry(entries: Map<string, Node>, name: string, node: Node | undefined): void {
  if (node) entries.set(name, node)
  else entries.delete(name)
}

function changed(content: Buffer, change: Change): Buffer {
  if ('size' in change) {
    const resized = Buffer.alloc(change.size)
    content.copy(resized)
    return resized
  }
  const end = change.at + change.octets.length
  let grown = content
  if (end > content.length) {
    grown = Buffer.alloc(end)
    content.copy(grown)
  }
  change.octets.copy(grown, change.at)
  return grown
}

function restoreFolder(folder: Folder, target: string, survival: Survival): void {
  const entries = new Map(folder.durable)
  for (const { name, node } of folder.pending) if (survival.keep()) setEntry(entries, name, node)
  for (const [name, node] of entries) {
    const path = join(target, name)
    if (isFolder(node)) {
      mkdirSync(path)
      restoreFolder(node, path, survival)
    } else writeFileSync(path, survivingContent(node, survival))
  }
}

function survivingContent(file: File, survival: Survival): Buffer {
  let content = file.durable
  let isCopy = false
  for (const change of file.pending) {
    if (!survival.keep()) continue
    if (!isCopy) content = Buffer.from(content)
    isCopy = true
    for (const part of parts(change, survival)) content = changed(content, part)
  }
  return content
}

function* parts(change: Change, survival: Survival): Generator<Change> {
  if ('size' in change || !survival.tear()) return yield change
  for (let at = 0; at < change.octets.length; at += SECTOR_OCTETS) {
    if (survival.keep()) yield { at: change.at + at, octets: change.octets.subarray(at, at + SECTOR_OCTETS) }
  }
}
