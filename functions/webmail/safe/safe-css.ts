/**
 * Styles of a message, rebuilt from what the browser's own parser made of them: properties and functions by allow-list. Custom properties and
 * `var()` do not pass, as their values are text that nobody has looked at.
 */
import { type Images, imageUrl } from './images.ts'

const PROPERTIES = new Set([
  ...['color', 'direction', 'display', 'float', 'clear', 'opacity', 'visibility', 'width', 'height', 'line-height'],
  ...[
    'letter-spacing',
    'word-spacing',
    'word-break',
    'word-wrap',
    'overflow-wrap',
    'white-space',
    'white-space-collapse',
  ],
  ...['vertical-align', 'table-layout', 'caption-side', 'empty-cells', 'box-sizing', 'unicode-bidi', 'tab-size', 'gap'],
  ...['row-gap', 'column-gap', 'hyphens', 'order', 'object-fit', 'aspect-ratio'],
])
const FAMILIES = [
  ...[
    'font',
    'text',
    'border',
    'padding',
    'margin',
    'background',
    'list-style',
    'min',
    'max',
    'flex',
    'align',
    'justify',
  ],
]
const FUNCTIONS = new Set([
  ...['rgb', 'rgba', 'hsl', 'hsla', 'hwb', 'lab', 'lch', 'oklab', 'oklch', 'calc', 'min', 'max', 'clamp', 'url'],
  ...['linear-gradient', 'radial-gradient', 'conic-gradient', 'repeating-linear-gradient', 'repeating-radial-gradient'],
])
const WITH_IMAGES = new Set(['background-image', 'list-style-image'])
/** Lengths that follow the frame's height, which follows the message's: they would chase each other. */
const VIEWPORT_UNIT = /\d[sld]?v(h|min|max|b)\b/

/** Whether a style says what colours it wants; else it is shown in ours. */
export interface Colours {
  own: boolean
}

/** The declarations of a `style` attribute. */
export function safeDeclarations(text: string, images: Images, colours: Colours): string {
  const scratch = document.createElement('div')
  scratch.style.cssText = text
  return declarations(scratch.style, images, colours)
}

function declarations(style: CSSStyleDeclaration, images: Images, colours: Colours): string {
  const kept: string[] = []
  for (const property of style) {
    if (!isAllowed(property)) continue
    const value = safeValue(property, style.getPropertyValue(property), images)
    if (value === undefined) continue
    if (property === 'color' || (property.startsWith('background') && !['initial', 'none'].includes(value)))
      colours.own = true
    kept.push(`${property}: ${value}${style.getPropertyPriority(property) === 'important' ? ' !important' : ''}`)
  }
  return kept.join('; ')
}

function isAllowed(property: string): boolean {
  if (PROPERTIES.has(property)) return true
  return FAMILIES.some((family) => property === family || property.startsWith(`${family}-`))
}

function safeValue(property: string, value: string, images: Images): string | undefined {
  if (VIEWPORT_UNIT.test(value)) return undefined
  const found = functionsOf(value)
  if (found.some(({ name }) => !FUNCTIONS.has(name))) return undefined
  const urls = found.filter(({ name }) => name === 'url')
  if (urls.length === 0) return value
  if (!WITH_IMAGES.has(property)) return undefined
  let safe = value
  for (const { text, argument } of urls) {
    const url = imageUrl(unescaped(argument), images)
    if (url === undefined) return undefined
    safe = safe.replace(text, () => `url(${JSON.stringify(url)})`)
  }
  return safe
}

interface Called {
  name: string
  /** With its parentheses, where it is `url`. */
  text: string
  argument: string
}

/** Functions of a value as the browser writes it: strings in double quotes, `url("…")`. */
function functionsOf(value: string): Called[] {
  const found: Called[] = []
  let name = ''
  let start = 0
  for (let at = 0; at < value.length; at++) {
    const character = value[at]!
    if (character === '"' || character === "'") {
      at = endOfString(value, at)
      name = ''
    } else if (character === '(') {
      const lower = name.toLowerCase()
      const end = lower === 'url' ? endOfUrl(value, at) : at
      found.push({ name: lower, text: value.slice(start, end + 1), argument: value.slice(at + 1, end) })
      at = end
      name = ''
    } else if (/[\w\\-]/.test(character)) {
      if (name === '') start = at
      name += character
    } else name = ''
  }
  // A bare parenthesis, as in calc(), has no name.
  return found.filter((called) => called.name !== '')
}

function endOfString(value: string, from: number): number {
  const quote = value[from]
  for (let at = from + 1; at < value.length; at++) {
    if (value[at] === '\\') at += 1
    else if (value[at] === quote) return at
  }
  return value.length
}

function endOfUrl(value: string, open: number): number {
  const quote = value[open + 1]
  if (quote === '"' || quote === "'") return value.indexOf(')', endOfString(value, open + 1))
  const end = value.indexOf(')', open)
  return end < 0 ? value.length : end
}

/** CSS escapes of a string (CSS Syntax §4.3.7). */
function unescaped(argument: string): string {
  const text = argument.trim()
  const inner = text.startsWith('"') || text.startsWith("'") ? text.slice(1, -1) : text
  return inner.replace(/\\(?:([0-9a-f]{1,6})\s?|(.))/gi, (_, code: string | undefined, character: string) =>
    code === undefined ? character : String.fromCodePoint(Math.min(Number.parseInt(code, 16), 0x10ffff) || 0xfffd),
  )
}

/** A whole style sheet: style rules, and those under @media. `@import`, `@font-face` and all else go. */
export function safeSheet(text: string, images: Images, colours: Colours): string {
  const sheet = new CSSStyleSheet()
  // A sheet made so ignores @import, loads nothing, and styles nothing (CSSOM §6.1.2).
  sheet.replaceSync(text)
  return rules(sheet.cssRules, images, colours, 0)
}

const MAX_LEVELS = 4

function rules(list: CSSRuleList, images: Images, colours: Colours, level: number): string {
  const kept: string[] = []
  for (const rule of list) {
    if (rule instanceof CSSStyleRule) {
      const body = declarations(rule.style, images, colours)
      if (body !== '') kept.push(`${rule.selectorText} { ${body} }`)
    } else if (rule instanceof CSSMediaRule && level < MAX_LEVELS) {
      // A message is shown on light paper, whatever the app's theme.
      if (rule.conditionText.includes('prefers-color-scheme')) continue
      kept.push(`@media ${rule.conditionText} { ${rules(rule.cssRules, images, colours, level + 1)} }`)
    }
  }
  return kept.join('\n')
}
