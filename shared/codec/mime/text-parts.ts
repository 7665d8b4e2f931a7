/** Which parts hold what a person reads. */
import type { MimePart } from './structure-types.ts'

/**
 * All text/* parts in the order of the message, those of messages inside it too, and what other types of message/* hold: what SEARCH BODY and
 * TEXT look through. The recipient of a bounce may stand in its message/delivery-status alone, which is text in 7 bits (RFC 3464 §2.1). A multipart in
 * which no part was found, as its boundary is another, is one text: the body of the message is in it all the same.
 */
export function textParts(part: MimePart): MimePart[] {
  if (part.children?.length === 0) return [{ ...part, encoding: '7bit' }] // whatever it says (RFC 2045 §6.4)
  if (part.children !== undefined) return part.children.flatMap(textParts)
  if (part.message !== undefined) return textParts(part.message.part)
  return part.type === 'text' || part.type === 'message' ? [part] : []
}

/** Every part below an entity in the order of the message, those of messages inside it too. */
export function partsBelow(part: MimePart): MimePart[] {
  const children = part.children ?? (part.message === undefined ? [] : [part.message.part])
  return children.flatMap((child) => [child, ...partsBelow(child)])
}

function isBodyText(part: MimePart): boolean {
  return part.type === 'text' && (part.subtype === 'plain' || part.subtype === 'html') && !isAttachment(part)
}

function isAttachment(part: MimePart): boolean {
  return part.disposition?.type === 'attachment'
}

/** The text a client would show first: the plain one of alternatives, the root of related parts; undefined without any. */
export function firstTextPart(part: MimePart): MimePart | undefined {
  if (part.children === undefined) return isBodyText(part) ? part : undefined
  const found = part.children.map(firstTextPart).filter((child) => child !== undefined)
  const plain = part.subtype === 'alternative' ? found.find((child) => child.subtype === 'plain') : undefined
  return plain ?? found[0]
}
