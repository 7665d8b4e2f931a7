import { formatErr, formatOk } from '../../codec/pop3/response.ts'
import type { Session } from './session.ts'

/** Tags of what our texts are written in; `i-default` is English that all are expected to read (RFC 2277 §4.5). */
const LANGUAGES: Readonly<Record<string, string>> = { en: 'English', 'i-default': 'Default language' }

/** LANG (RFC 6856 §3): the languages there are, or the choice of one. */
export async function lang(session: Session, range: string | undefined): Promise<string> {
  if (range === undefined) {
    session.begin('languages follow')
    for (const [tag, description] of Object.entries(LANGUAGES)) await session.sendLine(`${tag} ${description}`)
    return '.\r\n'
  }
  const tag = range === '*' ? 'en' : tagFor(range.toLowerCase())
  if (tag === undefined) return formatErr('that language is not spoken here')
  return formatOk(`${tag} from here on`)
}

/** The range itself, or what is left of it when subtags are taken away (RFC 4647 §3.4): a British user is better off with English than with nothing. */
function tagFor(range: string): string | undefined {
  for (let tag = range; tag !== ''; tag = tag.slice(0, Math.max(0, tag.lastIndexOf('-')))) {
    if (Object.hasOwn(LANGUAGES, tag)) return tag
  }
  return undefined
}
