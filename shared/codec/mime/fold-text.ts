/**
 * Sorting a run of combining marks takes the square of its length: 128,000 of them took eight seconds. A joiner after every
 * thirtieth ends the run, which is UAX #15's Stream-Safe Text Format; no language stacks as many.
 */
const LONG_RUN_OF_MARKS = /(\p{M}{30})(?=\p{M})/gu

/**
 * Text as SEARCH compares it. Both the index and what is searched for go through this one function, so that a search is a
 * plain substring test (RFC 9051 §6.4.4: strings match case-insensitively).
 *
 * The choice: NFKC, so that composed and decomposed, full-width and ligature forms are one; then upper case and lower case
 * again, which joins what full case folding joins ("ß" and "ss", "ſ" and "s") out of what the runtime has. A tab is a space,
 * as it is often what a subject was folded with, and nobody types one. Accents stay: a
 * reader who types them means them. It is close to i;unicode-casemap (RFC 5051), which folds by title case.
 */
export function foldForSearch(text: string): string {
  // Most mail: nothing but ASCII, which is as long in UTF-8, needs no more than this.
  if (Buffer.byteLength(text) === text.length) return text.toLowerCase().replaceAll('\t', ' ')
  const safe = text.replace(LONG_RUN_OF_MARKS, '$1\u034f')
  // Lower case of "Σ" depends on its place in the word, so that a substring would fold differently: one sigma.
  return safe.normalize('NFKC').toUpperCase().toLowerCase().replaceAll('ς', 'σ').replaceAll('\t', ' ').normalize('NFKC')
}
