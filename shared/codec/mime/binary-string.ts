/**
 * Strings of one character per octet (structure-types.ts). What String does by Unicode must not touch them: its trim() takes
 * the second octet of a UTF-8 "à" for a no-break space, its toLowerCase() changes octets above 127.
 */

export function isWhiteSpace(char: string | undefined): boolean {
  return char === ' ' || char === '\t'
}

/** Without spaces and tabs around it. */
export function trimWhiteSpace(value: string): string {
  let start = 0
  let end = value.length
  while (start < end && isWhiteSpace(value[start])) start++
  while (end > start && isWhiteSpace(value[end - 1])) end--
  return value.slice(start, end)
}

/** A to Z in lower case, every other octet as it is. */
export function asciiLowerCase(value: string): string {
  return value.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
