/** What an HTML part says, without its tags: for SEARCH and previews, not for rendering. */
import { Parser } from 'htmlparser2'

/** Elements whose text no reader sees. */
const UNSEEN = new Set(['script', 'style', 'template', 'title'])

/** Elements within a line: every other one begins and ends a line of its own. */
const INLINE = new Set(
  'a abbr acronym b basefont bdi bdo big button cite code data dfn em font i img input ins del kbd label mark meter nobr q s samp small span strike strong sub sup time tt u var wbr'.split(
    ' ',
  ),
)

/** The parser looks through its open elements at every end tag: it forgets them beyond this depth, so that time stays linear. */
const MAX_DEPTH = 256
const SLICE_CHARACTERS = 4096

/** A stream of HTML in, of text out: white space as one space or line break, character references undone. */
export class HtmlText {
  #text = ''
  /** What stands between the text so far and the next: decided when that comes. */
  #gap: '' | ' ' | '\n' = ''
  #depth = 0
  #unseen = 0
  #parser = new Parser(
    {
      ontext: (text) => this.#add(text),
      onopentagname: (name) => this.#tag(name, 1),
      onclosetag: (name) => this.#tag(name, -1),
    },
    { decodeEntities: true },
  )

  write(html: string): string {
    for (let at = 0; at < html.length; at += SLICE_CHARACTERS) {
      this.#parser.write(html.slice(at, at + SLICE_CHARACTERS))
      if (this.#depth > MAX_DEPTH) {
        this.#parser.reset()
        this.#depth = 0
        this.#unseen = 0
      }
    }
    return this.#take()
  }

  end(): string {
    this.#parser.end()
    return this.#take()
  }

  #take(): string {
    const text = this.#text
    this.#text = ''
    return text
  }

  #tag(name: string, step: 1 | -1): void {
    this.#depth += step
    if (UNSEEN.has(name)) this.#unseen = Math.max(0, this.#unseen + step)
    if (!INLINE.has(name)) this.#gap = '\n'
  }

  #add(text: string): void {
    if (this.#unseen > 0) return
    const words = text.split(/[ \t\r\n\f\u00a0]+/)
    for (const [index, word] of words.entries()) {
      if (index > 0 && this.#gap === '') this.#gap = ' '
      if (word === '') continue
      this.#text += this.#begun ? this.#gap + word : word
      this.#begun = true
      this.#gap = ''
    }
  }

  #begun = false
}

/** HTML at hand whole. */
export function htmlText(html: string): string {
  const stream = new HtmlText()
  return stream.write(html) + stream.end()
}
