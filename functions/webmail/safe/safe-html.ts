/**
 * A message's HTML made safe to show: elements and attributes by allow-list (DOMPurify), styles rebuilt (safe-css.ts), images by what the
 * reader asked for. What comes out goes into a frame that can run and send nothing either (views/message-frame.tsx, servers/http/webmail.ts).
 */
import DOMPurify, { type WindowLike } from 'dompurify'
import { type Images, imageUrl } from './images.ts'
import { type Colours, safeDeclarations, safeSheet } from './safe-css.ts'
import { safeLink } from './safe-url.ts'

const TAGS = [
  ...['html', 'head', 'body', 'style', 'a', 'abbr', 'acronym', 'address', 'article', 'aside', 'b', 'bdi', 'bdo', 'big'],
  ...['blockquote', 'br', 'caption', 'center', 'cite', 'code', 'col', 'colgroup', 'dd', 'del', 'details', 'dfn', 'dir'],
  ...['div', 'dl', 'dt', 'em', 'figcaption', 'figure', 'font', 'footer', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'header'],
  ...['hgroup', 'hr', 'i', 'img', 'ins', 'kbd', 'li', 'main', 'mark', 'menu', 'nav', 'ol', 'p', 'pre', 'q', 'rp', 'rt'],
  ...[
    'ruby',
    's',
    'samp',
    'section',
    'small',
    'span',
    'strike',
    'strong',
    'sub',
    'summary',
    'sup',
    'table',
    'tbody',
    'td',
  ],
  ...['tfoot', 'th', 'thead', 'time', 'tr', 'tt', 'u', 'ul', 'var', 'wbr'],
]
const ATTRIBUTES = [
  ...[
    'abbr',
    'align',
    'alt',
    'background',
    'bgcolor',
    'border',
    'cellpadding',
    'cellspacing',
    'class',
    'clear',
    'color',
  ],
  ...[
    'colspan',
    'compact',
    'datetime',
    'dir',
    'face',
    'headers',
    'height',
    'href',
    'hspace',
    'lang',
    'noshade',
    'nowrap',
  ],
  ...[
    'open',
    'reversed',
    'rowspan',
    'rules',
    'scope',
    'size',
    'span',
    'src',
    'start',
    'style',
    'summary',
    'title',
    'type',
  ],
  ...['valign', 'value', 'vspace', 'width'],
]
const COLOURS = ['bgcolor', 'background', 'color', 'text']

export interface SafeHtml {
  /** The message's <body>; it belongs to a document that shows and loads nothing. */
  body: HTMLElement
  css: string
  /** Images of elsewhere that were held back. */
  held: number
  /** Whether it chooses colours by itself. */
  ownColours: boolean
}

/**
 * A message's own frame is where it is best taken apart: what the page's policy forbids, as styles in markup, it would report to the console for
 * markup that is only looked at, too. Any message that is shown will do; without one it is the page itself.
 */
function purifier(frame?: Window | null): typeof DOMPurify {
  const place = frame ?? document.querySelector<HTMLIFrameElement>('.message-html iframe')?.contentWindow
  // The page's own instance is one, as it may make its Trusted Types policy once.
  const purify = place?.document?.body ? DOMPurify(place as unknown as WindowLike) : DOMPurify
  purify.removeAllHooks()
  return purify
}

/** `frame`: where it is to be shown. */
export function safeHtml(html: string, options: Pick<Images, 'remote' | 'partUrl'>, frame?: Window | null): SafeHtml {
  const images: Images = { ...options, held: 0 }
  const colours: Colours = { own: false }
  const sheets: string[] = []
  const purify = purifier(frame)
  purify.addHook('uponSanitizeElement', (node, { tagName }) => {
    if (tagName !== 'style') return
    sheets.push(safeSheet(node.textContent ?? '', images, colours))
    node.parentNode?.removeChild(node)
  })
  purify.addHook('uponSanitizeAttribute', (node, data) => {
    const { attrName, attrValue } = data
    if (COLOURS.includes(attrName)) colours.own = true
    const value =
      attrName === 'style'
        ? safeDeclarations(attrValue, images, colours)
        : attrName === 'href'
          ? node.nodeName === 'A' && safeLink(attrValue)
          : attrName === 'src' || attrName === 'background'
            ? imageUrl(attrValue, images)
            : attrValue
    if (value) {
      data.attrValue = value
      // Our own judgement of these is the stricter one, and knows cid: and data:.
      if (['style', 'href', 'src', 'background'].includes(attrName)) data.forceKeepAttr = true
      if (data.forceKeepAttr) node.setAttribute(attrName, value)
    } else {
      data.keepAttr = false
      if (attrName === 'src') node.setAttribute('class', `${node.getAttribute('class') ?? ''} tubepost-held`)
    }
  })
  purify.addHook('afterSanitizeAttributes', (node) => {
    if (node.nodeName !== 'A' || !node.hasAttribute('href')) return
    node.setAttribute('target', '_blank')
    node.setAttribute('rel', 'noopener noreferrer')
  })
  const root = purify.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ATTRIBUTES,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    ALLOWED_NAMESPACES: ['http://www.w3.org/1999/xhtml'],
    WHOLE_DOCUMENT: true,
    RETURN_DOM: true,
  }) as HTMLElement
  const body = root.nodeName === 'BODY' ? root : (root.querySelector('body') ?? root)
  return { body, css: sheets.join('\n'), held: images.held, ownColours: colours.own }
}

const SIMPLE_TAGS = [
  ...[
    'a',
    'b',
    'blockquote',
    'br',
    'code',
    'div',
    'em',
    'h1',
    'h2',
    'h3',
    'h4',
    'i',
    'li',
    'ol',
    'p',
    'pre',
    's',
    'strong',
  ],
  ...['sub', 'sup', 'u', 'ul'],
]

/** What may stand in the editor, which is in our own page: text with emphasis, lists, quotes and links; no image, no style. */
export function simpleHtml(html: string): string {
  return simpleBody(html).innerHTML
}

export function simpleBody(html: string): HTMLElement {
  const purify = purifier()
  purify.addHook('uponSanitizeAttribute', (node, data) => {
    const link = data.attrName === 'href' && node.nodeName === 'A' ? safeLink(data.attrValue) : undefined
    data.keepAttr = link !== undefined
    if (link !== undefined) data.attrValue = link
  })
  return purify.sanitize(html, {
    ALLOWED_TAGS: SIMPLE_TAGS,
    ALLOWED_ATTR: ['href'],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    ALLOWED_NAMESPACES: ['http://www.w3.org/1999/xhtml'],
    FORBID_CONTENTS: [
      'script',
      'style',
      'title',
      'noscript',
      'template',
      'iframe',
      'object',
      'svg',
      'math',
      'textarea',
      'select',
    ],
    RETURN_DOM: true,
  }) as HTMLElement
}
