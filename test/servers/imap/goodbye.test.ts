import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ImapClient } from './imap-client.ts'
import { startImapServer } from './imap-server.ts'

test('a server that stops says goodbye to who waits and who idles', async () => {
  const server = await startImapServer()
  const waiting = await ImapClient.signedIn(server.port)
  const idling = await ImapClient.signedIn(server.port)
  await idling.run('SELECT INBOX')
  idling.begin('IDLE')
  assert.match(await idling.next(), /^\+ /)
  const closed = server.close()
  for (const client of [waiting, idling]) {
    assert.equal(await client.next(), '* BYE [UNAVAILABLE] The server stops; come back in a moment')
    await assert.rejects(client.next(), /closed/)
    await client.close()
  }
  await closed
})

test('who does not sign in, and who says nothing, is sent away', async () => {
  const server = await startImapServer({ limits: { imapLoginMs: 300, imapIdleMs: 300 } })
  const silent = await ImapClient.connect(server.port)
  assert.equal(await silent.next(), '* BYE You were silent for too long')
  await silent.close()
  const signedIn = await ImapClient.signedIn(server.port)
  assert.equal(await signedIn.next(), '* BYE You were silent for too long')
  await signedIn.close()
  await server.close()
})

test('a client that leaves in the middle of APPEND leaves nothing behind', async () => {
  const server = await startImapServer()
  const client = await ImapClient.signedIn(server.port)
  client.send('a APPEND INBOX {1000000}\r\n')
  assert.match(await client.next(), /^\+ /)
  client.send('Subject: x\r\n')
  await client.close()
  const other = await ImapClient.signedIn(server.port)
  assert.equal((await other.run('STATUS INBOX (MESSAGES)'))[0], '* STATUS INBOX (MESSAGES 0)')
  await other.close()
  await server.close()
})
