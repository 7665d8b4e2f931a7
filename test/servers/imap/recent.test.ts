import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ImapClient } from './imap-client.ts'
import { type ImapServer, startImapServer } from './imap-server.ts'

let server: ImapServer
before(async () => {
  server = await startImapServer()
})
after(() => server.close())

test('of the sessions of two gateways that have a mailbox selected each message is \\Recent to exactly one (RFC 3501 §2.3.2)', async () => {
  const ports = [server.port, await server.anotherGateway()]
  const clients = await Promise.all(Array.from({ length: 6 }, (_, index) => ImapClient.signedIn(ports[index % 2]!)))
  await clients[0]!.run('CREATE shared')
  for (const client of clients) await client.run('SELECT shared')
  for (let round = 0; round < 10; round += 1) {
    const idling = clients.slice(0, 3).map((client) => ({ client, tag: client.begin('IDLE') }))
    for (const { client } of idling) while (!(await client.next()).startsWith('+ '));
    await server.seed('shared', [{ text: `Subject: ${round}\r\n\r\n` }, { text: `Subject: again ${round}\r\n\r\n` }])
    await Promise.all(clients.slice(3).map((client) => client.run('NOOP')))
    for (const { client, tag } of idling) {
      client.send('DONE\r\n')
      await client.finish(tag)
    }
  }
  const recent: number[] = []
  for (const client of clients) {
    await client.run('NOOP')
    const [found = ''] = (await client.run('UID SEARCH RECENT')).filter((line) => line.startsWith('* SEARCH'))
    recent.push(...found.split(' ').slice(2).map(Number))
  }
  assert.deepEqual(
    recent.sort((a, b) => a - b),
    Array.from({ length: 20 }, (_, index) => index + 1),
  )
})
