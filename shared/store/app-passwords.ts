import { createHash } from 'node:crypto'
import type { AccountId } from '../mailbox/ids.ts'
import type { TenantEngine } from '../ports/engine.ts'
import { queryAll } from '../ports/table.ts'
import { APP_PASSWORD_PREFIX, accountPk, appPasswordKey } from './keys.ts'
import { writeIf } from './write-if.ts'

export interface AppPassword {
  id: string
  name: string
  /** Milliseconds since 1970. */
  createdAt: number
}

/** Without letters and digits that are taken for one another. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const RANDOM_OCTETS = 16
/** 128 bits, five to a character. */
const CHARACTERS = 26
const GROUP = 4

/**
 * Passwords that the house makes, one for each program of a user: 128 random bits, so that a plain SHA-256 is enough to keep (nothing can be
 * guessed), and checking one costs no password hash. SCRAM cannot use them: it knows one salt for an account.
 */
export class AppPasswords {
  private readonly engine: TenantEngine

  constructor(engine: TenantEngine) {
    this.engine = engine
  }

  /** The password is shown here and never again. */
  async create(account: AccountId, name: string): Promise<AppPassword & { password: string }> {
    const characters = format(this.engine.ids.random(RANDOM_OCTETS))
    const id = hashOf(characters)
    const createdAt = this.engine.clock.now()
    await this.engine.table.write([{ put: { ...appPasswordKey(account, id), name, createdAt }, if: { absent: true } }])
    return { id, name, createdAt, password: grouped(characters) }
  }

  async list(account: AccountId): Promise<AppPassword[]> {
    const found: AppPassword[] = []
    for await (const item of queryAll(this.engine.table, accountPk(account), { prefix: APP_PASSWORD_PREFIX })) {
      const id = item.sk.slice(APP_PASSWORD_PREFIX.length)
      found.push({ id, name: item['name'] as string, createdAt: item['createdAt'] as number })
    }
    return found.sort((a, b) => b.createdAt - a.createdAt)
  }

  /** False where there is none. */
  async remove(account: AccountId, id: string): Promise<boolean> {
    return writeIf(this.engine.table, [{ delete: appPasswordKey(account, id), if: { present: true } }])
  }

  async matches(account: AccountId, password: string): Promise<boolean> {
    const characters = ungrouped(password)
    if (characters === undefined) return false
    return (await this.engine.table.get(appPasswordKey(account, hashOf(characters)))) !== undefined
  }
}

/** The key of the item is the hash itself: finding it is the proof, and nothing is compared octet by octet. */
function hashOf(characters: string): string {
  return createHash('sha256').update(characters).digest('hex')
}

function format(octets: Uint8Array): string {
  let bits = BigInt(`0x${Buffer.from(octets).toString('hex')}`)
  let characters = ''
  while (characters.length < CHARACTERS) {
    characters += ALPHABET[Number(bits % 32n)]
    bits /= 32n
  }
  return characters
}

function grouped(characters: string): string {
  const groups: string[] = []
  for (let at = 0; at < characters.length; at += GROUP) groups.push(characters.slice(at, at + GROUP))
  return groups.join('-')
}

/** However its hyphens were typed; undefined where it cannot be one of ours. */
function ungrouped(password: string): string | undefined {
  if (password.length > 2 * CHARACTERS) return undefined
  const characters = password.toLowerCase().replace(/[- ]/g, '')
  const ours = characters.length === CHARACTERS && [...characters].every((character) => ALPHABET.includes(character))
  return ours ? characters : undefined
}
