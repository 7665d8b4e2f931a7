import { flagsOf } from '../../mailbox/flags.ts'
import type { AccountId } from '../../mailbox/ids.ts'
import { Refusal } from '../../mailbox/refusal.ts'
import type { Label } from '../../store/labels.ts'
import type { TenantStore } from '../../store/store.ts'
import { copyAt, withMailboxes } from './thread-index.ts'
import { requireLabel, storeOn } from './update-thread.ts'

const MOST_LABELS = 100
const DEFAULT_COLOR = '#71717A'

/** Throws Refusal 'exists-already', or 'invalid' where there are too many. */
export async function createLabel(
  own: TenantStore,
  account: AccountId,
  { name, color = DEFAULT_COLOR }: { name: string; color?: string | undefined },
): Promise<Label> {
  const labels = await own.labels.list(account)
  refuseSameName(labels, name)
  if (labels.length >= MOST_LABELS) throw new Refusal('invalid', `An inbox has at most ${MOST_LABELS} labels.`)
  const { ids, clock } = own.engine
  const id = ids.content()
  const label = { id, name, color, keyword: keywordFor(name, id, labels), createdAt: clock.now() }
  await own.labels.add(account, label)
  return label
}

/** Messages keep the keyword: only what people read changes. Throws Refusal 'not-found', 'exists-already'. */
export async function changeLabel(
  own: TenantStore,
  account: AccountId,
  id: string,
  { name, color }: { name?: string | undefined; color?: string | undefined },
): Promise<void> {
  const labels = await own.labels.list(account)
  const label = requireLabel(labels, id)
  if (name !== undefined) {
    refuseSameName(
      labels.filter((one) => one !== label),
      name,
    )
  }
  const set = { ...(name !== undefined && { name }), ...(color !== undefined && { color }) }
  if (Object.keys(set).length > 0) await own.labels.change(account, id, set)
}

/** Takes it off every message first, so that a label of that keyword made later does not find it there. Throws Refusal 'not-found'. */
export async function removeLabel(own: TenantStore, account: AccountId, id: string): Promise<void> {
  const { keyword } = requireLabel(await own.labels.list(account), id)
  const lower = keyword.toLowerCase()
  await withMailboxes(own, account, async (mailboxes) => {
    for (const mailbox of mailboxes) {
      const rows = Array.from({ length: mailbox.count }, (_, row) => row)
      const labelled = rows.filter((row) =>
        mailbox.table.flagsAt(row).keywords.some((other) => other.toLowerCase() === lower),
      )
      const copies = labelled.map((row) => copyAt(mailbox, row))
      if (copies.length > 0) await storeOn(own, copies, 'remove', flagsOf([keyword]))
    }
  })
  await own.labels.remove(account, id)
}

function refuseSameName(labels: readonly Label[], name: string): void {
  if (!labels.some((other) => other.name.toLowerCase() === name.toLowerCase())) return
  throw new Refusal('exists-already', `There is a label \`${name}\` already.`)
}

/** What IMAP clients see of it: near to the name, as an atom (RFC 9051 §9), and no other label's. */
function keywordFor(name: string, id: string, labels: readonly Label[]): string {
  const plain = name.replace(/[^A-Za-z0-9_-]+/g, '_').replace(/^_+|_+$/g, '')
  const taken = new Set(labels.map(({ keyword }) => keyword.toLowerCase()))
  if (plain !== '' && !taken.has(plain.toLowerCase())) return plain
  return `${plain === '' ? 'label' : plain}_${id.slice(-8)}`
}
