/** msg-id lists (RFC 5322 §3.6.4), for threads and for MESSAGE-ID lookups. */
import type { MessageIds } from './structure-types.ts'

/**
 * The ids between angle brackets, each once and in order; folding white space inside is dropped, as mailers fold long ids.
 * Of a value without brackets nothing is read: "Your mail of Tuesday" was once a legal In-Reply-To (RFC 822 §4.6.2).
 */
export function parseMessageIds(value: string): string[] {
  const ids = new Set<string>()
  let open = value.indexOf('<')
  while (open !== -1) {
    const close = value.indexOf('>', open)
    if (close === -1) break
    const from = value.lastIndexOf('<', close) + 1 // "<broken <id>" holds one id
    const id = value.slice(from, close).replace(/[ \t]/g, '')
    if (id !== '') ids.add(id)
    open = value.indexOf('<', close)
  }
  return [...ids]
}

/**
 * Of the fields' unfolded values; an absent field is null. A Message-ID without brackets is taken as it stands. What is referred to has an "@"
 * (RFC 5322 §3.6.4), or it refers to nothing (RFC 5256 §3, step 1.A): In-Reply-To: <y> is an answer to a program's question that made one
 * conversation out of all patches of a list.
 */
export function messageIds(messageId: string | null, inReplyTo: string | null, references: string | null): MessageIds {
  return {
    messageId: parseMessageIds(messageId ?? '')[0] ?? (messageId?.replace(/[ \t<>]/g, '') || null),
    inReplyTo: referred(inReplyTo),
    references: referred(references),
  }
}

function referred(value: string | null): string[] {
  return parseMessageIds(value ?? '').filter((id) => id.includes('@'))
}
