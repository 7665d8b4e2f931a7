import { log } from '../../log.ts'
import type { ContentId, MailboxId } from '../../mailbox/ids.ts'
import type { TenantStore } from '../../store/store.ts'

/** Takes away the tokens of copies that are no more. What they were taken away for stands whatever becomes of it: `reclaim` does the rest. */
export async function letGo(
  store: TenantStore,
  mailbox: MailboxId,
  copies: readonly { content: ContentId; token: Uint8Array }[],
): Promise<void> {
  try {
    await store.deliveries.removeTokens(mailbox, copies)
  } catch (error) {
    log.warn('tokens-left', { mailbox, copies: copies.length, error: error as Error })
  }
}
