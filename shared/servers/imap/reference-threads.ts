import type { ThreadNode } from '../../codec/imap/thread.ts'

/** What THREAD looks at of a message. */
export interface Threaded {
  number: number
  /** Without angle brackets; null where it has none. */
  messageId: string | null
  /** Ids of References, else the first of In-Reply-To (RFC 5256 §3, step 1.A). */
  references: readonly string[]
  /** The base subject, and whether something like "Re:" was taken off it. */
  subject: string
  isReply: boolean
  sentAt: number
}

/** Answers to answers beyond this depth begin a thread of their own, so that no chain of References costs its square. */
const MOST_LEVELS = 500

class Container {
  message: Threaded | undefined
  parent: Container | undefined
  children = new Set<Container>()

  /** False where it would close a loop, or the chain is too long. */
  adopt(child: Container): boolean {
    let levels = 0
    for (let above: Container | undefined = this; above !== undefined; above = above.parent) {
      levels += 1
      if (above === child || levels > MOST_LEVELS) return false
    }
    child.parent?.children.delete(child)
    child.parent = this
    this.children.add(child)
    return true
  }

  leave(): void {
    this.parent?.children.delete(this)
    this.parent = undefined
  }
}

/** THREAD=REFERENCES (RFC 5256 §3), its six steps in order. */
export function threadByReferences(messages: readonly Threaded[]): ThreadNode[] {
  const containers = link(messages)
  const roots = containers.filter(({ parent }) => parent === undefined).flatMap((root) => prune(root, true))
  const sorted = bySentAt(roots)
  const merged = mergeSubjects(sorted)
  return bySentAt(merged).map(nodeOf)
}

/** Steps 1 and 2. */
function link(messages: readonly Threaded[]): Container[] {
  const all: Container[] = []
  const byId = new Map<string, Container>()
  const make = (): Container => {
    const container = new Container()
    all.push(container)
    return container
  }
  const containerOf = (id: string): Container => {
    let container = byId.get(id)
    if (container === undefined) {
      container = make()
      byId.set(id, container)
    }
    return container
  }
  for (const message of messages) {
    const known = message.messageId === null ? undefined : containerOf(message.messageId)
    // A second message of the same id is another message all the same (step 1, note on duplicates).
    const own = known === undefined || known.message !== undefined ? make() : known
    own.message = message
    let before: Container | undefined
    for (const reference of message.references) {
      const referred = containerOf(reference)
      if (before !== undefined && referred.parent === undefined) before.adopt(referred)
      before = referred
    }
    own.leave() // the last reference decides, whatever others said of this message (step 1.B)
    before?.adopt(own)
  }
  return all
}

/** Step 3: what stands for no message goes, its children taking its place; at the root only where there is one child. */
function prune(container: Container, isRoot: boolean): Container[] {
  const children = [...container.children].flatMap((child) => prune(child, false))
  if (container.message === undefined && (children.length === 0 || !isRoot || children.length === 1)) {
    for (const child of children) child.parent = undefined
    return children
  }
  container.children = new Set(children)
  for (const child of children) child.parent = container
  return [container]
}

function bySentAt(containers: readonly Container[]): Container[] {
  for (const container of containers) container.children = new Set(bySentAt([...container.children]))
  return containers.toSorted((a, b) => firstOf(a).sentAt - firstOf(b).sentAt || firstOf(a).number - firstOf(b).number)
}

/** A container without a message has children (step 3), and the first of them speaks for it (step 4). */
function firstOf(container: Container): Threaded {
  if (container.message !== undefined) return container.message
  const [first] = container.children
  return firstOf(first!)
}

/** Step 5: threads of one subject are one. */
function mergeSubjects(roots: readonly Container[]): Container[] {
  const bySubject = new Map<string, Container>()
  for (const root of roots) {
    const { subject, isReply } = firstOf(root)
    if (subject === '') continue
    const known = bySubject.get(subject)
    const replaces =
      known === undefined ||
      (root.message === undefined && known.message !== undefined) ||
      (firstOf(known).isReply && !isReply && known.message !== undefined)
    if (replaces) bySubject.set(subject, root)
  }
  const kept = new Set(roots)
  for (const root of roots) {
    const { subject, isReply } = firstOf(root)
    const other = bySubject.get(subject)
    if (other === undefined || other === root) continue
    kept.delete(root)
    if (root.message === undefined && other.message === undefined) {
      for (const child of root.children) other.children.add(child)
    } else if (other.message === undefined || (isReply && !firstOf(other).isReply)) {
      other.children.add(root)
    } else {
      const both = new Container()
      both.children = new Set([other, root])
      kept.delete(other)
      kept.add(both)
      bySubject.set(subject, both)
    }
  }
  return [...kept]
}

function nodeOf(container: Container): ThreadNode {
  const children = [...container.children].map(nodeOf)
  return container.message === undefined ? { children } : { number: container.message.number, children }
}
