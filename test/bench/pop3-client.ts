import type { Contender } from './contender.ts'
import { LineClient } from './line-client.ts'

/** A POP3 session in the transaction state. */
export async function pop3Session({ ports, user, password }: Contender): Promise<LineClient> {
  const client = await LineClient.open(ports['pop3']!)
  await client.line()
  for (const command of [`USER ${user}`, `PASS ${password}`, 'STAT']) {
    const answer = await client.exchange(command)
    if (!answer.startsWith('+OK')) throw new Error(answer)
  }
  return client
}

/** Downloads the first messages, one RETR after the other. */
export async function retrieve(client: LineClient, count: number): Promise<void> {
  for (let number = 1; number <= count; number += 1) {
    const answer = await client.exchange(`RETR ${number}`)
    if (!answer.startsWith('+OK')) throw new Error(answer)
    while ((await client.line()) !== '.');
  }
}
