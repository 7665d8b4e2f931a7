/** HTML of a stranger as HTML that can be shown: nothing in it runs, loads, submits or names anything outside. */
import { Parser } from 'htmlparser2'
import { escapeHtml } from '../escape-html.ts'

const TAGS = new Set(
  (
    'a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em ' +
    'figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p pre q s samp section small span ' +
    'strike strong sub sup table tbody td tfoot th thead time tr tt u ul var wbr'
  ).split(' '),
)
/** What is inside of these is no text of the message. */
const DROPPED_WHOLE = new Set(
  'applet audio embed iframe math noscript object script select style svg template textarea title video'.split(' '),
)
const VOID = new Set(['br', 'col', 'hr', 'img', 'wbr'])
const ATTRIBUTES = new Set(
  'align alt bgcolor border cellpadding cellspacing color colspan dir face height lang rowspan size style title valign width'.split(
    ' ',
  ),
)
/** The parser looks through its open elements at every end tag: what is nested deeper than this ends the message. */
const MAX_DEPTH = 256
const SLICE_CHARACTERS = 4096

/** Links open elsewhere; images are those that are in the text as `data:`. Linear in its length. */
export function safeHtml(html: string): string {
  const out: string[] = []
  let dropping = 0
  let depth = 0
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        depth += 1
        if (DROPPED_WHOLE.has(name)) dropping += 1
        if (dropping === 0 && depth <= MAX_DEPTH && TAGS.has(name)) out.push(openTag(name, attributes))
      },
      ontext(text) {
        if (dropping === 0 && depth <= MAX_DEPTH) out.push(escapeHtml(text))
      },
      onclosetag(name) {
        if (dropping === 0 && depth <= MAX_DEPTH && TAGS.has(name) && !VOID.has(name)) out.push(`</${name}>`)
        if (DROPPED_WHOLE.has(name)) dropping -= 1
        depth -= 1
      },
    },
    { decodeEntities: true, lowerCaseTags: true },
  )
  for (let at = 0; at < html.length && depth <= MAX_DEPTH; at += SLICE_CHARACTERS) {
    parser.write(html.slice(at, at + SLICE_CHARACTERS))
  }
  parser.end()
  return out.join('')
}

function openTag(name: string, attributes: Readonly<Record<string, string>>): string {
  const kept = Object.entries(attributes).filter(([attribute, value]) => isKept(name, attribute.toLowerCase(), value))
  const text = kept.map(([attribute, value]) => ` ${attribute.toLowerCase()}="${escapeHtml(value)}"`).join('')
  return `<${name}${text}${name === 'a' ? ' target="_blank" rel="noopener noreferrer nofollow"' : ''}>`
}

function isKept(name: string, attribute: string, value: string): boolean {
  if (name === 'a' && attribute === 'href') return /^\s*(https?:|mailto:)/i.test(value)
  if (name === 'img' && attribute === 'src')
    return /^data:image\/(gif|jpeg|png|webp);base64,[A-Za-z0-9+/=]*$/i.test(value)
  return ATTRIBUTES.has(attribute)
}
