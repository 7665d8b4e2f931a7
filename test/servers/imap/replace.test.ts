import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ImapClient } from './imap-client.ts'
import { type ImapServer, startImapServer } from './imap-server.ts'

let server: ImapServer
before(async () => {
  server = await startImapServer()
})
after(() => server.close())

test('of those who replace the same message at once one does, and nothing is left of the others (RFC 8508)', async () => {
  const ports = [server.port, await server.anotherGateway()]
  const clients = await Promise.all(Array.from({ length: 6 }, (_, index) => ImapClient.signedIn(ports[index % 2]!)))
  await server.seed('Drafts', [{ text: 'Subject: draft\r\n\r\n' }])
  for (const client of clients) await client.run('SELECT Drafts')
  const target = (index: number) => (index < 3 ? 'Drafts' : 'Sent')
  const answers = await Promise.all(
    clients.map(async (client, index) => {
      const text = `Subject: ${index}\r\n\r\n`
      return (await client.run(`UID REPLACE 1 ${target(index)} {${text.length}+}\r\n${text}`))
        .at(-1)!
        .split(' ')
        .slice(1)
    }),
  )
  const winners = answers.flatMap(([condition], index) => (condition === 'OK' ? [index] : []))
  assert.equal(winners.length, 1)
  for (const [condition, code] of answers)
    if (condition !== 'OK') assert.deepEqual([condition, code], ['NO', '[EXPUNGEISSUED]'])
  const counts = await Promise.all(
    ['Drafts', 'Sent'].map(async (name) => {
      const mailbox = await server.mailbox(name)
      return (await server.house.demo.journal.newest(mailbox)).totals.exists
    }),
  )
  assert.deepEqual(counts, target(winners[0]!) === 'Drafts' ? [1, 0] : [0, 1])
  for (const client of clients) await client.close()
})
