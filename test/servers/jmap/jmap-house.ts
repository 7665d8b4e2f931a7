/** A JMAP server on a socket with the embedded engine behind it, and a client that says little. */

import { PASSWORD } from '../../house.ts'
import { type ApiHouse, openApiHouse } from '../http/api-house.ts'

export const CORE = 'urn:ietf:params:jmap:core'
export const MAIL = 'urn:ietf:params:jmap:mail'

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
export type Any = any
export type Invocation = [name: string, args: Any, callId: string]

export interface JmapHouse extends ApiHouse {
  accountId: string
  authorization: string
  /** One call of alice's; its answer, whatever it is. */
  jmap(name: string, args?: Any): Promise<Any>
  /** Several of them in one request. */
  calls(...calls: [name: string, args: Any][]): Promise<Invocation[]>
  /** Any body, as it comes. */
  post(body: unknown, headers?: Record<string, string>): Promise<Response>
}

export async function openJmapHouse(overrides: Parameters<typeof openApiHouse>[0] = {}): Promise<JmapHouse> {
  const house = await openApiHouse(overrides)
  const authorization = `Basic ${Buffer.from(`alice@demo.test:${PASSWORD}`).toString('base64')}`
  const accountId = house.alice.slice('demo/'.length)
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${house.url}/jmap/api`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const calls = async (...all: [name: string, args: Any][]): Promise<Invocation[]> => {
    const methodCalls = all.map(([name, args], index) => [name, { accountId, ...args }, `c${index}`])
    const response = await post({ using: [CORE, MAIL], methodCalls })
    const body = (await response.json()) as Any
    if (response.status !== 200) throw new Error(JSON.stringify(body))
    return body.methodResponses
  }
  const jmap = async (name: string, args: Any = {}) => {
    const [[answered, answer]] = (await calls([name, args])) as [Invocation]
    return answered === 'error' ? { error: answer } : answer
  }
  return { ...house, accountId, authorization, calls, post, jmap }
}
