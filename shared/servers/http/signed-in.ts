/** Who a request is of: a person's session, or a program with the account's password or one of its own. */
import type { Context } from 'hono'
import { getCookie } from 'hono/cookie'
import { MailError } from '../../mailbox/errors.ts'
import { tenantOf } from '../../mailbox/ids.ts'
import type { Account } from '../../store/accounts.ts'
import { parseSessionToken, type Session } from '../../store/sessions.ts'
import { signInWithPassword } from '../sasl-sign-in.ts'
import type { ApiEnv } from './api.ts'
import { ApiError } from './api-error.ts'
import { isFromHere } from './from-here.ts'
import type { HttpServices } from './services.ts'

export const SESSION_COOKIE = 'tubepost_session'

export interface SignedIn {
  account: Account
  /** Absent: it came with a password. */
  session?: Session
}

/** The browser that sent it says that somebody is signed in. */
export function hasSession(c: Context<ApiEnv>): boolean {
  return getCookie(c, SESSION_COOKIE) !== undefined
}

const CHALLENGE = 'Basic realm="Tubepost", charset="UTF-8"'

/**
 * The account that a request is of, by cookie, `Bearer` session token, or Basic. Throws ApiError 401, 403 where a page of elsewhere made the browser send
 * its cookie, and 429.
 */
export async function whoIsSignedIn(c: Context<ApiEnv>, services: HttpServices): Promise<SignedIn> {
  const [scheme = '', credentials = ''] = (c.req.header('authorization') ?? '').split(/ +/, 2)
  if (scheme.toLowerCase() === 'basic') {
    refuseForeignPage(c) // a browser that once asked for a password sends it by itself, as it does a cookie
    return { account: await byPassword(c, services, ...basicOf(credentials)) }
  }
  const cookie = scheme === '' ? getCookie(c, SESSION_COOKIE) : undefined
  const token = scheme.toLowerCase() === 'bearer' ? credentials : cookie
  const signedIn = token === undefined ? undefined : await bySession(c, services, token)
  if (signedIn === undefined) throw unauthorized(c, 'Please sign in.')
  if (cookie !== undefined) refuseForeignPage(c)
  return signedIn
}

/** Sign-in with an address as its owner typed it. Throws ApiError 401, 403 and 429. */
export async function byPassword(
  c: Context<ApiEnv>,
  services: HttpServices,
  email: string,
  password: string,
): Promise<Account> {
  const { store, limits } = services
  // As for every protocol: in plain text only on this machine (DESIGN §6).
  if (!c.env.loopback && !isSecure(c)) throw new MailError('needs-encryption', c.env.remoteAddress)
  const connection = { remoteAddress: c.env.remoteAddress, signal: c.req.raw.signal }
  try {
    const account = await signInWithPassword(
      { protocol: 'jmap', connection, services: { store, limits } },
      email,
      password,
    )
    // What everybody can read in the README opens nothing from elsewhere (DESIGN §6).
    if (account.demonstration && !isFromHere(c))
      throw new MailError('bad-credentials', 'the demonstration from elsewhere')
    return account
  } catch (error) {
    if (!(error instanceof MailError)) throw error
    if (error.kind === 'suspended') throw new ApiError(403, 'suspended', 'This account is suspended.')
    if (error.kind !== 'bad-credentials') throw error
    throw unauthorized(c, 'The email address or the password is wrong.')
  }
}

/** A page of elsewhere cannot read what it makes a browser ask for, but it must not make it do anything: a browser says where a request comes from. */
export function refuseForeignPage(c: Context<ApiEnv>): void {
  const site = c.req.header('sec-fetch-site')
  const origin = c.req.header('origin')
  const upgrade = c.req.header('upgrade') !== undefined // a WebSocket's handshake is a GET that opens more than reading
  if (!upgrade && (c.req.method === 'GET' || c.req.method === 'HEAD')) return
  // No page can set the first of them, and it is right whatever name a proxy knows us by.
  const own =
    site === undefined ? origin === undefined || isOwnOrigin(c, origin) : site === 'same-origin' || site === 'none'
  if (!own) throw new ApiError(403, 'foreign_origin', 'Pages of other sites may not do this.')
}

/** Where the client reached us: `https://mail.example.com`. */
export function ownOrigin(c: Context<ApiEnv>): string {
  const { host, protocol } = new URL(c.req.url)
  return `${isSecure(c) ? 'https:' : protocol}//${host}`
}

/** The way to us is encrypted, at least as far as whoever stands before us. */
export function isSecure(c: Context<ApiEnv>): boolean {
  return new URL(c.req.url).protocol === 'https:' || c.req.header('x-forwarded-proto') === 'https'
}

function isOwnOrigin(c: Context<ApiEnv>, origin: string): boolean {
  // The scheme is left out: whoever ends TLS before us need not say so.
  return URL.canParse(origin) && new URL(origin).host === new URL(c.req.url).host
}

async function bySession(c: Context<ApiEnv>, { store, limits }: HttpServices, token: string) {
  const id = parseSessionToken(token)
  if (id === undefined) return undefined
  const own = store.tenant(tenantOf(id))
  const [session, account] = await Promise.all([own.sessions.find(token, limits), own.accounts.get(id)])
  if (session === undefined || account === undefined) return undefined
  if (session.credentialVersion !== account.credentialVersion) return undefined
  if (account.demonstration && !isFromHere(c)) return undefined
  try {
    await own.accounts.admit(account)
  } catch (error) {
    if (error instanceof MailError) return undefined
    throw error
  }
  return { account, session }
}

/** RFC 7617 §2; what is malformed is nobody's. */
function basicOf(credentials: string): [email: string, password: string] {
  const text = Buffer.from(credentials, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon < 0 ? ['', ''] : [text.slice(0, colon), text.slice(colon + 1)]
}

function unauthorized(c: Context<ApiEnv>, message: string): ApiError {
  // A browser that is asked for Basic shows a window of its own: only programs are.
  const browser = ['sec-fetch-site', 'origin', 'cookie'].some((name) => c.req.header(name) !== undefined)
  if (!browser && !c.req.path.startsWith('/auth/')) c.header('www-authenticate', CHALLENGE)
  return new ApiError(401, 'unauthorized', message)
}
