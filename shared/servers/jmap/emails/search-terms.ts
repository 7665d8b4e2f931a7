/** What a person searches for (RFC 8621 §4.4.1): words that must all be there, and phrases in quotes. */
import { foldForSearch } from '../../../codec/mime/fold-text.ts'

/** Of one condition. */
const MOST_TERMS = 50

/** Folded (codec/mime/fold-text.ts), each once. */
export function searchTerms(text: string): string[] {
  const terms: string[] = []
  let term = ''
  let quote: string | undefined
  const end = () => {
    const folded = foldForSearch(term.replace(/[\s\0]+/g, ' ').trim())
    if (folded !== '' && !terms.includes(folded) && terms.length < MOST_TERMS) terms.push(folded)
    term = ''
  }
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]!
    if (quote !== undefined) {
      if (char === '\\' && `'"\\`.includes(text[at + 1] ?? ' ')) term += text[++at]
      else if (char === quote) {
        quote = undefined
        end()
      } else term += char
      // An apostrophe within a word, or a quote that nothing closes, is no quote.
    } else if ((char === '"' || char === "'") && term === '' && text.indexOf(char, at + 1) > 0) quote = char
    else if (/\s/.test(char)) end()
    else term += char
  }
  end()
  return terms
}
