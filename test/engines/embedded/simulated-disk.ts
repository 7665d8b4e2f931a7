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
  durable: Content
  pending: Change[]
  /** Changes that are durable already: those before the first that is pending. */
  settled: number
}

interface Folder {
  entries: Map<string, Node>
  durable: Map<string, Node>
  pending: { name: string; node: Node | undefined }[]
  settled: number
}

/** Grows by doubling, as a log is written in thousands of small pieces. */
class Content {
  #octets: Buffer
  #length: number

  constructor(octets: Buffer = Buffer.alloc(0)) {
    this.#octets = octets
    this.#length = octets.length
  }

  get octets(): Buffer {
    return this.#octets.subarray(0, this.#length)
  }

  change(change: Change): void {
    const end = 'size' in change ? change.size : Math.max(this.#length, change.at + change.octets.length)
    if (end > this.#octets.length) {
      const grown = Buffer.alloc(end * 2)
      this.octets.copy(grown)
      this.#octets = grown
    }
    if (end < this.#length) this.#octets.fill(0, end, this.#length)
    this.#length = end
    if ('octets' in change) change.octets.copy(this.#octets, change.at)
  }
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

function newFolder(): Folder {
  return { entries: new Map(), durable: new Map(), pending: [], settled: 0 }
}

export class SimulatedDisk {
  readonly #root: string
  readonly #tree: Folder = newFolder()
  readonly #open = new Map<number, { node: Node; at: number }>()
  /** Flushes under way, by thread, with how many of all the node's changes each covers: those made before it began. */
  readonly #flushing = new Map<string, { node: Node; covers: number }>()

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
      node = { durable: new Content(), pending: [], settled: 0 }
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
    if (found) this.#enter(found.folder, found.name, newFolder())
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
    if (open) this.#flushing.set(thread, { node: open.node, covers: open.node.settled + open.node.pending.length })
  }

  flushed(thread: string): void {
    const flush = this.#flushing.get(thread)
    this.#flushing.delete(thread)
    if (!flush) return
    const { node, covers } = flush
    // Another flush of it may have ended meanwhile and taken some of them along.
    const changes = Math.max(0, covers - node.settled)
    if (isFolder(node)) {
      for (const { name, node: entry } of node.pending.splice(0, changes)) setEntry(node.durable, name, entry)
    } else {
      for (const change of node.pending.splice(0, changes)) node.durable.change(change)
    }
    node.settled += changes
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
  const kept = file.pending.filter(() => survival.keep())
  if (kept.length === 0) return file.durable.octets
  const content = new Content(Buffer.from(file.durable.octets))
  for (const change of kept) for (const part of parts(change, survival)) content.change(part)
  return content.octets
}

function* parts(change: Change, survival: Survival): Generator<Change> {
  if ('size' in change || !survival.tear()) return yield change
  for (let at = 0; at < change.octets.length; at += SECTOR_OCTETS) {
    if (survival.keep()) yield { at: change.at + at, octets: change.octets.subarray(at, at + SECTOR_OCTETS) }
  }
}
