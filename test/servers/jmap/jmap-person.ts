/** Somebody who uses JMAP over HTTP, and where their messages are. */
import assert from 'node:assert/strict'
import { indexMessage } from '../../../shared/flows/arrivals/index-message.ts'
import { appendMessages } from '../../../shared/flows/mailboxes/append-messages.ts'
import { sendMessage } from '../../../shared/flows/outgoing/send-message.ts'
import { flagsOf } from '../../../shared/mailbox/flags.ts'
import type { AccountId } from '../../../shared/mailbox/ids.ts'
import { sourceOf } from '../../../shared/ports/blob-source.ts'
import { OWN_CAPABILITIES } from '../../../shared/servers/jmap/own/own-capabilities.ts'
import { PASSWORD, SCAN } from '../../house.ts'
import type { ApiHouse } from '../http/api-house.ts'

export const USING = ['urn:ietf:params:jmap:core', 'urn:ietf:params:jmap:mail', ...Object.keys(OWN_CAPABILITIES)]

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
export type Json = any

export interface Person {
  accountId: string
  /** One method call; its answer. */
  ask(method: string, args?: Record<string, unknown>): Promise<Json>
  /** All answers of several. */
  askAll(calls: readonly [string, Record<string, unknown>][]): Promise<[string, Json, string][]>
}

export function person(house: ApiHouse, account: AccountId, address: string, password = PASSWORD): Person {
  const accountId = account.slice(account.indexOf('/') + 1)
  const authorization = `Basic ${Buffer.from(`${address}:${password}`).toString('base64')}`
  const askAll: Person['askAll'] = async (calls) => {
    const methodCalls = calls.map(([name, args], index) => [name, { accountId, ...args }, `c${index}`])
    const options = { key: null, headers: { authorization }, body: { using: USING, methodCalls } }
    const { status, body } = await house.call('POST', '/jmap/api', options)
    assert.equal(status, 200, JSON.stringify(body))
    return body.methodResponses
  }
  const ask: Person['ask'] = async (method, args = {}) => {
    const [[name, answer] = []] = await askAll([[method, args]])
    return name === 'error' ? { error: answer } : answer
  }
  return { accountId, ask, askAll }
}

/** Into Drafts; the Email's id. */
export async function draft({ demo }: ApiHouse, account: AccountId, octets: Uint8Array): Promise<string> {
  const drafts = await demo.mailboxes.mailbox(account, ['Drafts'])
  await appendMessages(demo, drafts, [{ source: sourceOf(octets), flags: flagsOf(['\\Draft', '\\Seen']) }], SCAN)
  return demo.replicas.use(drafts, async ({ messages }) => messages.contentAt(messages.count - 1))
}

/** Everything that is due: jobs, the outbox, arrivals. */
export async function workAll(house: ApiHouse): Promise<void> {
  const { engine, store } = house
  const works = {
    outgoing: (body: string) => sendMessage(store, JSON.parse(body).name, { hostName: 'mx.demo.test' }),
    arrivals: (body: string) => indexMessage(store, JSON.parse(body).name, SCAN),
  } as const
  for (let idle = 0; idle < 2; ) {
    idle += 1
    await house.runJobs()
    for (const name of ['outgoing', 'arrivals'] as const) {
      for (const { body, receipt } of await engine.queues[name].receive({
        max: 10,
        visibilitySeconds: 60,
        waitSeconds: 0,
      })) {
        idle = 0
        await works[name](body)
        await engine.queues[name].delete(receipt)
      }
    }
  }
}

/** How many messages a mailbox holds. */
export async function held({ demo }: ApiHouse, account: AccountId, ...path: string[]): Promise<number> {
  return (await demo.journal.newest(await demo.mailboxes.mailbox(account, path))).totals.exists
}
