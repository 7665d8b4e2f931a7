import { argon2, createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const argon2Async = promisify(argon2)
const pbkdf2Async = promisify(pbkdf2)

/** OWASP's second choice for argon2id: 19 MiB, two passes, one lane. */
const ARGON2 = { memory: 19 * 1024, passes: 2, parallelism: 1, tagLength: 32 }
/** RFC 7677 §4 asks for at least 4096. */
const SCRAM_ITERATIONS = 4096
/** Each hash takes 19 MiB and a core. */
const HASHES_AT_ONCE = 2

/** What is kept of a password: for whoever shows it, and for SCRAM-SHA-256 (RFC 7677), which never sees it. */
export interface Credentials {
  salt: Uint8Array
  hash: Uint8Array
  scramSalt: Uint8Array
  scramIterations: number
  storedKey: Uint8Array
  serverKey: Uint8Array
}

let running = 0
const waiting: (() => void)[] = []

async function atMostTwo<T>(task: () => Promise<T>): Promise<T> {
  if (running >= HASHES_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve))
  else running += 1
  try {
    return await task()
  } finally {
    // The place is handed on, so that nobody slips in between.
    const next = waiting.shift()
    if (next === undefined) running -= 1
    else next()
  }
}

function argon2id(password: string, salt: Uint8Array): Promise<Uint8Array> {
  return atMostTwo(() => argon2Async('argon2id', { message: prepare(password), nonce: salt, ...ARGON2 }))
}

/** Both forms are made of one password at once, so that no mechanism knows an older one. `random` are 32 octets. */
export async function makeCredentials(password: string, random: Uint8Array): Promise<Credentials> {
  const salt = random.slice(0, 16)
  const scramSalt = random.slice(16, 32)
  const salted = await pbkdf2Async(prepare(password), scramSalt, SCRAM_ITERATIONS, 32, 'sha256')
  return {
    salt,
    hash: await argon2id(password, salt),
    scramSalt,
    scramIterations: SCRAM_ITERATIONS,
    storedKey: createHash('sha256').update(hmac(salted, 'Client Key')).digest(),
    serverKey: hmac(salted, 'Server Key'),
  }
}

export async function verifyPassword(
  password: string,
  { salt, hash }: Pick<Credentials, 'salt' | 'hash'>,
): Promise<boolean> {
  return timingSafeEqual(await argon2id(password, salt), hash)
}

/** Takes as long as a real one, so that an answer's time does not tell which accounts exist. */
export async function verifyNothing(password: string): Promise<false> {
  await argon2id(password, new Uint8Array(16))
  return false
}

/** What a client types is one password however its system composes accents (RFC 8265 §4.2.2: the OpaqueString profile is NFC). */
function prepare(password: string): string {
  return password.normalize('NFC')
}

function hmac(key: Uint8Array, text: string): Uint8Array {
  return createHmac('sha256', key).update(text).digest()
}
