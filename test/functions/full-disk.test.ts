/**
 * The process on a disk that takes no more: each protocol says so in its own words, sessions stay in step with their clients, what is there is read,
 * and all is well again once there is room. The limit of a file's size stands for the disk: the system refuses writes as it does on a full one.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { LineClient } from '../faults/line-client.ts'
import { PASSWORD } from '../house.ts'
import { type ServerProcess, startServerProcess } from '../server-process.ts'

const PATIENCE_MS = 20_000
/** More than waits in memory; were any of it taken for commands, they would be answered. */
const LARGE = `Subject: large\r\n\r\n${'NOOP\r\nx NOOP\r\n'.repeat(40_000)}`
const SMALL = 'Subject: small\r\n\r\nsmall\r\n'

let server: ServerProcess
before(async () => {
  server = await startServerProcess({ TUBEPOST_LOG: 'silent', TUBEPOST_LIMIT_SPOOL_SHARED_OCTETS: '1' })
})
after(() => server.stop())

function limitFiles(octets: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(server.pid), `--fsize=${octets}:`])
}

async function full(work: () => Promise<void>): Promise<void> {
  limitFiles(1)
  try {
    await work()
  } finally {
    limitFiles('unlimited')
  }
}

async function smtp(): Promise<LineClient> {
  const client = await LineClient.open(server.ports['smtp']!)
  await client.until('220 ')
  client.send('EHLO client.example\r\n')
  await client.until('250 ')
  return client
}

async function imap(user = 'alice'): Promise<LineClient> {
  const client = await LineClient.open(server.ports['imap']!)
  await client.until('* OK')
  client.send(`a LOGIN ${user}@demo.test ${PASSWORD}\r\n`)
  await client.until('a OK', 'a ')
  return client
}

const ENVELOPE = 'MAIL FROM:<x@client.example>\r\nRCPT TO:<bob@demo.test>\r\n'

test('SMTP: 452 4.3.1 (RFC 5321 §4.2.3, RFC 3463 §3.4) after the whole message, of which nothing is taken for commands', async () => {
  await full(async () => {
    const client = await smtp()
    for (const content of [SMALL, LARGE]) {
      client.send(`${ENVELOPE}DATA\r\n${content}.\r\n`)
      for (const begin of ['250 2.1.0', '250 2.1.5', '354 ', '452 4.3.1 ']) {
        const line = await client.line()
        assert.ok(line.startsWith(begin), `${line} instead of ${begin}`)
      }
      client.send(`${ENVELOPE}BDAT ${content.length} LAST\r\n${content}`)
      for (const begin of ['250 2.1.0', '250 2.1.5', '452 4.3.1 ']) {
        const line = await client.line()
        assert.ok(line.startsWith(begin), `${line} instead of ${begin}`)
      }
    }
    client.send('QUIT\r\n')
    assert.match(await client.line(), /^221 /)
    client.close()
  })
})

test('IMAP: NO [UNAVAILABLE] (RFC 5530) to what writes, once for each command; who reads is served', async () => {
  await full(async () => {
    const client = await imap()
    client.send('b SELECT INBOX\r\n')
    await client.until('b OK', 'b ')
    const both = `{${SMALL.length}+}\r\n${SMALL} {${LARGE.length}+}\r\n${LARGE} {${SMALL.length}+}\r\n${SMALL}`
    const writing = [
      `APPEND INBOX {${SMALL.length}+}\r\n${SMALL}`,
      `APPEND INBOX {${LARGE.length}+}\r\n${LARGE}`,
      `APPEND INBOX ${both}`,
      `UID REPLACE 1 INBOX {${LARGE.length}+}\r\n${LARGE}`,
      'STORE 1 +FLAGS (\\Flagged)',
      'COPY 1 Trash',
      'CREATE new',
      'RENAME Trash Rubbish',
    ]
    for (const [number, command] of writing.entries()) {
      client.send(`c${number} ${command}\r\n`)
      for (let line = ''; !line.startsWith(`c${number} `); ) {
        line = await client.line()
        assert.doesNotMatch(line, /^x |^\* B/, command.slice(0, 20))
        if (line.startsWith('c')) assert.match(line, /^c\d NO \[UNAVAILABLE\]/, command.slice(0, 20))
      }
    }
    client.send('d FETCH 1 (BODY.PEEK[])\r\n')
    await client.until('d OK', 'd ')
    client.close()
  })
})

test('a password that is right lets in after one that was wrong', async () => {
  await full(async () => {
    const wrong = await LineClient.open(server.ports['imap']!)
    wrong.send('a LOGIN bob@demo.test wrong\r\n')
    await wrong.until('a NO [AUTHENTICATIONFAILED]', 'a ')
    wrong.close()
    const right = await imap('bob')
    right.close()
  })
})

test('POP3: -ERR [SYS/TEMP] (RFC 3206 §4); HTTP: 507', async () => {
  await full(async () => {
    const client = await LineClient.open(server.ports['pop3']!)
    client.send(`USER alice@demo.test\r\nPASS ${PASSWORD}\r\n`)
    await client.until('-ERR [SYS/TEMP]')
    client.close()
    const response = await fetch(`http://127.0.0.1:${server.ports['http']}/emails`, {
      method: 'POST',
      headers: { Authorization: 'Bearer re_demo', 'Content-Type': 'application/json' },
      body: JSON.stringify({ from: 'alice@demo.test', to: 'bob@demo.test', subject: 'full', text: 'full' }),
    })
    assert.equal(response.status, 507, await response.text())
  })
})

test('once there is room, mail comes in again', async () => {
  const sending = await smtp()
  const subject = 'Subject: room again\r\n\r\n'
  sending.send(`${ENVELOPE}DATA\r\n${subject}.\r\n`)
  await sending.until('250 2.0.0 OK', '4', '5')
  sending.close()
  const reading = await imap('bob')
  const deadline = Date.now() + PATIENCE_MS
  for (let found = false; !found; ) {
    assert.ok(Date.now() < deadline, 'the message that was acknowledged is not there')
    reading.send('b SELECT INBOX\r\nc SEARCH SUBJECT "room again"\r\n')
    await reading.until('b OK', 'b ')
    found = /\d/.test(await reading.until('* SEARCH', 'c '))
    await reading.until('c OK', 'c ')
    if (!found) await setTimeout(50)
  }
  reading.close()
})
