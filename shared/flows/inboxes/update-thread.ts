import { type FlagChange, flagsOf, SEEN } from '../../mailbox/flags.ts'
import type { AccountId, MailboxId } from '../../mailbox/ids.ts'
import { Refusal } from '../../mailbox/refusal.ts'
import type { Label } from '../../store/labels.ts'
import type { SpecialUse } from '../../store/mailbox-names.ts'
import type { TenantStore } from '../../store/store.ts'
import { moveMessages } from '../mailboxes/copy-messages.ts'
import { specialMailbox } from '../mailboxes/special-mailbox.ts'
import { storeFlags } from '../mailboxes/store-flags.ts'
import { announceFolder, announceLabels } from './announce-inbox.ts'
import { headOf } from './list-threads.ts'
import { type Copy, copiesOf, type Folder, type OpenMailbox, withMailboxes } from './thread-index.ts'

export type TargetFolder = Exclude<Folder, 'sent'>

const SPECIAL_USES: Record<Exclude<TargetFolder, 'inbox'>, SpecialUse> = {
  archive: 'Archive',
  spam: 'Junk',
  trash: 'Trash',
}

/** Says of the whole conversation that it was read, or that it was not. Throws Refusal 'not-found'. */
export function markThread(own: TenantStore, account: AccountId, id: string, read: boolean): Promise<void> {
  return withMailboxes(own, account, async (mailboxes) => {
    const copies = copiesOfThread(mailboxes, id)
    const change = read ? 'add' : 'remove'
    await storeOn(own, read ? withoutDrafts(copies) : movableOf(copies), change, { system: SEEN, keywords: [] })
  })
}

/**
 * Puts the conversation into a folder. What its owner sent stays in Sent, unless there is nothing else. True where something moved.
 * Throws Refusal 'not-found'.
 */
export async function moveThread(
  own: TenantStore,
  account: AccountId,
  id: string,
  folder: TargetFolder,
): Promise<boolean> {
  const from = await withMailboxes(own, account, async (mailboxes) => {
    const copies = movableOf(copiesOfThread(mailboxes, id)).filter(({ mailbox }) => mailbox.folder !== folder)
    if (copies.length === 0) return undefined
    const { folder: before } = headOf(mailboxes, id)
    const target = await mailboxOf(own, account, folder)
    for (const [{ replica }, uids] of uidsByMailbox(copies)) await moveMessages(own, replica, uids, target)
    return before
  })
  if (from !== undefined && from !== folder) await announceFolder(own, account, id, { from, to: folder })
  return from !== undefined
}

/** Gives the conversation labels, takes them away, or sees to it that it has these and no other. Throws Refusal 'not-found'. */
export async function labelThread(
  own: TenantStore,
  account: AccountId,
  id: string,
  change: FlagChange,
  labelIds: readonly string[],
): Promise<void> {
  const labels = await own.labels.list(account)
  const named = labelIds.map((labelId) => requireLabel(labels, labelId))
  const others = change === 'set' ? labels.filter(({ id: labelId }) => !labelIds.includes(labelId)) : []
  const has = await withMailboxes(own, account, async (mailboxes) => {
    const copies = withoutDrafts(copiesOfThread(mailboxes, id))
    const before = headOf(mailboxes, id).keywords
    if (others.length > 0) await storeOn(own, copies, 'remove', flagsOf(others.map(({ keyword }) => keyword)))
    const flags = flagsOf(named.map(({ keyword }) => keyword))
    if (named.length > 0) await storeOn(own, copies, change === 'remove' ? 'remove' : 'add', flags)
    return before
  })
  const had = ({ keyword }: Label) => has.has(keyword.toLowerCase())
  await announceLabels(own, account, id, {
    added: change === 'remove' ? [] : named.filter((label) => !had(label)),
    removed: (change === 'remove' ? named : others).filter(had),
  })
}

/** Throws Refusal 'not-found'. */
export function requireLabel(labels: readonly Label[], id: string): Label {
  const label = labels.find((one) => one.id === id)
  if (label === undefined) throw new Refusal('not-found', 'Label not found')
  return label
}

/** STORE on messages of any mailboxes; one commit a mailbox. */
export async function storeOn(
  own: TenantStore,
  copies: readonly Copy[],
  change: FlagChange,
  flags: ReturnType<typeof flagsOf>,
): Promise<void> {
  for (const [{ replica }, uids] of uidsByMailbox(copies)) await storeFlags(own, replica, uids, change, flags)
}

/** Throws Refusal 'not-found'. */
export function copiesOfThread(mailboxes: readonly OpenMailbox[], id: string): readonly Copy[] {
  const head = headOf(mailboxes, id)
  return copiesOf(mailboxes, [head.id]).get(head.id)!
}

function uidsByMailbox(copies: readonly Copy[]): [OpenMailbox, number[]][] {
  const groups = Map.groupBy(copies, ({ mailbox }) => mailbox)
  return [...groups].map(([mailbox, some]) => [mailbox, some.map(({ uid }) => uid).sort((a, b) => a - b)])
}

function withoutDrafts(copies: readonly Copy[]): Copy[] {
  return copies.filter(({ mailbox }) => mailbox.folder !== 'drafts')
}

/** What came in; of a conversation that only its owner spoke in, what was sent. */
function movableOf(copies: readonly Copy[]): Copy[] {
  const all = withoutDrafts(copies)
  const received = all.filter(({ mailbox }) => mailbox.folder !== 'sent')
  return received.length > 0 ? received : all
}

function mailboxOf(own: TenantStore, account: AccountId, folder: TargetFolder): Promise<MailboxId> {
  if (folder === 'inbox') return own.mailboxes.mailbox(account, ['INBOX'])
  return specialMailbox(own, account, SPECIAL_USES[folder])
}
