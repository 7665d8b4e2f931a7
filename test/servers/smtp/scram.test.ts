import assert from 'node:assert/strict'
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { after, before, test } from 'node:test'
import { serveSmtp } from '../../../shared/servers/smtp/serve-smtp.ts'
import { readLimits } from '../../../shared/settings.ts'
import { memoryConnection } from '../../memory-connection.ts'
import { openTestStore, PASSWORD } from '../../transcripts/opened-store.ts'

let opened: Awaited<ReturnType<typeof openTestStore>>
before(async () => {
  opened = await openTestStore()
})
after(async () => opened.close())

const base64 = (text: string | Uint8Array) => Buffer.from(text as string).toString('base64')
const hmac = (key: Uint8Array, text: string) => createHmac('sha256', key).update(text).digest()

/** The client's side of RFC 5802 §3, without TLS; returns the server's last line and whether it proved itself. */
async function signIn(user: string, password: string): Promise<{ reply: string; proved: boolean }> {
  const { server, client } = memoryConnection({ remoteAddress: '192.0.2.9' })
  const services = { store: opened.store, role: 'submission', limits: readLimits({}), hostName: 'mx.test' } as const
  const served = serveSmtp(server, { ...services, allowPlaintext: () => false })
  const say = async (line: string) => {
    client.send(`${line}\r\n`)
    return (await client.receive())!.trimEnd()
  }
  const challenge = (reply: string) => Buffer.from(reply.replace(/^334 /, ''), 'base64').toString()

  assert.match((await client.receive())!, /^220 /)
  assert.match(await say('EHLO c.test'), /\r\n250 AUTH SCRAM-SHA-256$/)
  const bare = `n=${user},r=clientnonce`
  const serverFirst = challenge(await say(`AUTH SCRAM-SHA-256 ${base64(`n,,${bare}`)}`))
  const [, nonce, salt, iterations] = /^(r=clientnonce.+),s=(.+),i=(\d+)$/.exec(serverFirst)!
  const salted = pbkdf2Sync(password, Buffer.from(salt!, 'base64'), Number(iterations), 32, 'sha256')
  const clientKey = hmac(salted, 'Client Key')
  const authMessage = `${bare},${serverFirst},c=biws,${nonce}`
  const signature = hmac(createHash('sha256').update(clientKey).digest(), authMessage)
  const proof = base64(clientKey.map((octet, index) => octet ^ signature[index]!))
  let reply = await say(base64(`c=biws,${nonce},p=${proof}`))
  const proved = challenge(reply) === `v=${base64(hmac(hmac(salted, 'Server Key'), authMessage))}`
  if (reply.startsWith('334 ')) reply = await say('')
  client.end()
  await served
  return { reply, proved }
}

test('SCRAM-SHA-256 without TLS: both sides prove that they know the password, and neither says it', async () => {
  assert.deepEqual(await signIn('alice@one.test', PASSWORD), {
    reply: '235 2.7.0 Authentication successful',
    proved: true,
  })
  for (const [user, password] of [
    ['alice@one.test', 'wrong'],
    ['nobody@one.test', PASSWORD],
    ['no address', PASSWORD],
  ] as const) {
    const { reply, proved } = await signIn(user, password)
    assert.equal(reply, '535 5.7.8 Authentication credentials invalid')
    assert.equal(proved, false)
  }
})
