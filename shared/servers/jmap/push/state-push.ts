import { log } from '../../../log.ts'
import type { Account } from '../../../store/accounts.ts'
import type { JmapServices } from '../method.ts'
import { openRecentCall } from '../open-call.ts'
import { jmapAccountId } from '../session-object.ts'
import { followAccount } from './account-feed.ts'
import { changedTypes, PUSH_TYPES, packPushState, pushStates } from './push-types.ts'

/** RFC 8620 §7.1, with RFC 8887's `pushState`. */
export interface StateChange extends Record<string, unknown> {
  '@type': 'StateChange'
  changed: Record<string, Record<string, string>>
  pushState: string
}

export interface PushWish {
  /** null: of all types. */
  types: readonly string[] | null
  /** What the client has seen last: where something is different by now it is told at once. */
  pushState: string | undefined
}

export interface StatePush {
  end(): void
}

/**
 * Tells of every change of the account's states, one at a time: what happens while `send` is at work is told together afterwards. Ends where `send`
 * throws.
 */
export async function startStatePush(
  services: JmapServices,
  account: Account,
  { types, pushState }: PushWish,
  send: (change: StateChange) => Promise<void>,
): Promise<StatePush> {
  const wanted = Object.keys(PUSH_TYPES).filter((type) => types === null || types.includes(type))
  const look = async () => pushStates(await openRecentCall(services, account), wanted)
  let told: string
  let looking = false
  let again = false
  let ended = false
  let unfollow = () => {
    ended = true
  }
  const tell = async (): Promise<void> => {
    const states = await look()
    const changed = changedTypes(states, told)
    if (changed.length === 0 || ended) return
    told = packPushState(states)
    const own = Object.fromEntries(changed.map((type) => [type, states.get(type)!]))
    await send({ '@type': 'StateChange', changed: { [jmapAccountId(account.id)]: own }, pushState: told })
  }
  const changed = async (): Promise<void> => {
    again = true
    if (looking) return
    looking = true
    try {
      while (again && !ended) {
        again = false
        await tell()
      }
    } catch (error) {
      log.info('push-ended', { account: account.id, error: error as Error })
      unfollow()
    } finally {
      looking = false
    }
  }
  told = pushState ?? packPushState(await look())
  const leave = await followAccount(services, account.id, () => void changed())
  unfollow = () => {
    ended = true
    leave()
  }
  if (ended) leave()
  else void changed() // what happened before it was followed
  return { end: () => unfollow() }
}
