import { createHmac, randomBytes } from 'node:crypto'
import { ParseError } from '../codec/parse-error.ts'
import { login } from '../codec/sasl/login.ts'
import type { Exchange, PlainCredentials } from '../codec/sasl/mechanism.ts'
import { plain } from '../codec/sasl/plain.ts'
import { parseScramFirst, type ScramKeys, scramServerFirst, verifyScramFinal } from '../codec/sasl/scram-sha-256.ts'
import { type Address, parseAddress } from '../codec/smtp/address.ts'
import { authenticateProgram, type Program, programName } from '../flows/outgoing/program-sender.ts'
import { MailError } from '../mailbox/errors.ts'
import { tenantOf } from '../mailbox/ids.ts'
import { counter } from '../metrics.ts'
import type { Account } from '../store/accounts.ts'
import type { LoginLimits } from '../store/login-throttle.ts'
import type { Store } from '../store/store.ts'
import type { AccountConnections } from './account-connections.ts'
import type { Protocol } from './command-metrics.ts'
import type { Connection } from './connection.ts'

/** Sends a challenge and waits for the client's answer to it. Throws where the client cancels or is gone. */
export type Ask = (challenge: Uint8Array) => Promise<Uint8Array>

/** Who wants to sign in, and where. */
export interface SignIn {
  protocol: Protocol
  connection: Pick<Connection, 'remoteAddress' | 'signal'>
  services: SignInServices
}

export interface SignInServices {
  store: Store
  limits: LoginLimits
  /** Without it connections are not counted by account. */
  accountConnections?: AccountConnections
}

type Mechanism = (signIn: SignIn, ask: Ask, initialResponse: Uint8Array | undefined) => Promise<Account>

/** By their registered names, the best one first. */
export const SASL_MECHANISMS = {
  'SCRAM-SHA-256': scramSha256,
  PLAIN: (signIn, ask, initialResponse) => byPassword(signIn, ask, initialResponse, plain()),
  LOGIN: (signIn, ask, initialResponse) => byPassword(signIn, ask, initialResponse, login()),
} as const satisfies Record<string, Mechanism>
export type SaslMechanism = keyof typeof SASL_MECHANISMS

/** Mechanisms that show the password, for who wants to see the name before it is looked up. */
export const PASSWORD_EXCHANGES: Partial<Record<SaslMechanism, () => Exchange<PlainCredentials>>> = {
  PLAIN: plain,
  LOGIN: login,
}

const LOGINS = counter('tubepost_logins_total', 'Logins by how they ended.', ['protocol', 'result'])

export function isSaslMechanism(name: string): name is SaslMechanism {
  return Object.hasOwn(SASL_MECHANISMS, name)
}

/**
 * Sign-in with a name as the client's user typed it. Throws MailError 'bad-credentials', 'suspended', 'too-many-logins',
 * 'too-many-connections'.
 */
export function signInWithPassword(signIn: SignIn, name: string, password: string): Promise<Account> {
  const { directory } = signIn.services.store
  return attempt(signIn, name, () => directory.authenticate(addressOf(name), password))
}

/** Sign-in with a name and a password as a mechanism brought them. Throws as `signInWithPassword`. */
export function signInWithCredentials(
  signIn: SignIn,
  { authenticationId, authorizationId, password }: PlainCredentials,
): Promise<Account> {
  refuseOtherIdentity(authenticationId, authorizationId)
  return signInWithPassword(signIn, authenticationId, password)
}

/** Sign-in of a program, with an API key (flows/outgoing/program-sender.ts). Throws as `signInWithPassword`. */
export function signInProgram(signIn: SignIn, token: string, fromHere: boolean): Promise<Program> {
  const { store } = signIn.services
  return throttled(signIn, programName(token), () => authenticateProgram(store, token, fromHere))
}

async function attempt(signIn: SignIn, name: string, verify: () => Promise<Account>): Promise<Account> {
  const { connection, services } = signIn
  return throttled(signIn, name, verify, (account) => services.accountConnections?.enter(connection, account.id))
}

/** Every sign-in of every protocol comes through here: it is throttled, counted by account, and counted. */
async function throttled<T>(
  { protocol, connection, services }: SignIn,
  name: string,
  verify: () => Promise<T>,
  enter: (signedIn: T) => void = () => {},
): Promise<T> {
  const who = { remoteAddress: connection.remoteAddress, name, signal: () => connection.signal }
  try {
    const signedIn = await services.store.loginThrottle.attempt(who, services.limits, verify)
    enter(signedIn)
    LOGINS.add(1, protocol, 'ok')
    return signedIn
  } catch (error) {
    LOGINS.add(1, protocol, error instanceof MailError ? error.kind : 'broken-off')
    throw error
  }
}

async function byPassword(
  signIn: SignIn,
  ask: Ask,
  initialResponse: Uint8Array | undefined,
  exchange: Exchange<PlainCredentials>,
): Promise<Account> {
  return signInWithCredentials(signIn, await readCredentials(ask, initialResponse, exchange))
}

/** What a mechanism that shows the password (PASSWORD_EXCHANGES) brings. */
export async function readCredentials(
  ask: Ask,
  initialResponse: Uint8Array | undefined,
  exchange: Exchange<PlainCredentials>,
): Promise<PlainCredentials> {
  let response = initialResponse
  for (;;) {
    const step = exchange.step(response)
    if ('outcome' in step) return step.outcome
    response = await ask(step.challenge)
  }
}

async function scramSha256(signIn: SignIn, ask: Ask, initialResponse: Uint8Array | undefined): Promise<Account> {
  const { store } = signIn.services
  const first = parseScramFirst(initialResponse ?? (await ask(new Uint8Array(0))))
  return attempt(signIn, first.authenticationId, async () => {
    const account = await accountOf(store, first.authenticationId)
    const keys = account === undefined ? madeUpKeys(first.authenticationId) : keysOf(account)
    const serverFirst = scramServerFirst(first, keys, store.engine.ids.nonce())
    const verdict = verifyScramFinal(first, keys, serverFirst, await ask(Buffer.from(serverFirst)))
    if (account === undefined || verdict === 'wrong') throw new MailError('bad-credentials', 'SCRAM-SHA-256')
    refuseOtherIdentity(first.authenticationId, first.authorizationId)
    await store.tenant(tenantOf(account.id)).accounts.admit(account)
    await ask(Buffer.from(verdict.serverFinal)) // the client has nothing to say to it (RFC 5802 §5)
    return account
  })
}

/** Nobody acts for somebody else here (RFC 4616 §2, RFC 5802 §5.1). */
function refuseOtherIdentity(authenticationId: string, authorizationId: string): void {
  if (authorizationId === '' || authorizationId === authenticationId) return
  throw new MailError('bad-credentials', 'an authorization identity of another')
}

async function accountOf(store: Store, name: string): Promise<Account | undefined> {
  const id = await store.directory.accountAt(addressOf(name))
  return id && store.tenant(tenantOf(id)).accounts.get(id)
}

function keysOf({ credentials }: Account): ScramKeys {
  const { scramSalt, scramIterations, storedKey, serverKey } = credentials
  return { salt: scramSalt, iterations: scramIterations, storedKey, serverKey }
}

const MADE_UP_SECRET = randomBytes(32)
/** As accounts have it (RFC 7677 §4). */
const ITERATIONS = 4096

/** The same each time a name is tried, so that the salt does not tell that there is no such account (RFC 5802 §9). */
function madeUpKeys(name: string): ScramKeys {
  const make = (what: string) => createHmac('sha256', MADE_UP_SECRET).update(`${what} ${name}`).digest()
  return {
    salt: make('salt').subarray(0, 16),
    iterations: ITERATIONS,
    storedKey: make('stored'),
    serverKey: make('server'),
  }
}

/** What is no address is nobody's; it is looked up all the same, so that the answer takes as long. */
function addressOf(name: string): Address {
  try {
    return parseAddress(name)
  } catch (error) {
    if (error instanceof ParseError) return { localPart: 'nobody', domain: 'invalid' }
    throw error
  }
}
