/** SEARCH says the same of messages that are folded into segments as of messages that are not, and then reads few objects. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { foldMailbox } from '../../../shared/flows/mailboxes/fold-mailbox.ts'
import { ImapClient } from './imap-client.ts'
import { type ImapServer, startImapServer } from './imap-server.ts'

const FOLDED = 1000
const LATER = 20
const SEARCHES = [
  'TEXT needle',
  'BODY needle',
  'NOT BODY needle',
  'TEXT report.pdf',
  'NOT BODY report.pdf',
  'TEXT "subject: message 7"',
  'OR BODY "word 77" SUBJECT "message 5"',
  'CHARSET UTF-8 BODY {5+}\r\nGR\xc3\x9cN',
  'TEXT deep-in-it 1:990',
  'SUBJECT "message 15" BODY needle',
  'HEADER X-Kind odd BODY word',
  'HEADER X-Rare "once upon"',
  'NOT HEADER X-Rare ""',
  'OR HEADER X-Rare message HEADER X-Rare upon',
]

let server: ImapServer
before(async () => {
  server = await startImapServer()
})
after(() => server.close())

function messageText(number: number): string {
  const header = `From: a@b.c\r\nSubject: message ${number}\r\nX-Kind: ${number % 2 === 1 ? 'odd' : 'even'}\r\n${number % 250 === 0 ? 'X-Rare: =?utf-8?q?Once?=\r\n\tupon\r\n' : ''}MIME-Version: 1.0\r\n`
  const word = `word ${number}${number % 50 === 0 ? ' Needle' : ''}`
  if (number % 10 === 0) {
    const encoded = Buffer.from(`${word} gr\u00fcn`).toString('base64')
    const text = `--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${encoded}\r\n`
    const attached = '--b\r\nContent-Type: application/pdf; name=report.pdf\r\n\r\n%PDF\r\n--b--\r\n'
    return `${header}Content-Type: multipart/mixed; boundary=b\r\n\r\n${text}${attached}`
  }
  const long = number % 300 === 1 ? `${'filler '.repeat(12_000)} deep-in-it` : ''
  return `${header}Content-Type: text/plain\r\n\r\n${word}\r\n${long}\r\n`
}

test('the same answers before and after the fold', async () => {
  await server.seed(
    'Archive',
    Array.from({ length: FOLDED + LATER }, (_, index) => ({ text: messageText(index + 1) })),
  )
  const unfolded = await answers()
  assert.deepEqual(
    unfolded.map((numbers) => numbers.length > 0),
    SEARCHES.map(() => true),
  )

  await foldMailbox(server.house.demo, await server.mailbox('Archive'))
  const { blobs } = server.house.engine
  const get = blobs.get.bind(blobs)
  let objects = 0
  blobs.get = (name, range) => {
    if (name.startsWith('raw/')) objects += 1
    return get(name, range)
  }
  assert.deepEqual(await answers(), unfolded)
  assert.ok(objects < SEARCHES.length * 60 + 3 * FOLDED, `${objects} reads`)
  objects = 0
  await answers(['TEXT needle'])
  // What came after the fold, with two parts to a tenth of it, and what is longer than a segment keeps.
  assert.ok(objects <= LATER * 5 + 10, `${objects} reads`)
  objects = 0
  await answers(['HEADER X-Rare "once upon"'])
  assert.ok(objects <= LATER * 2 + 10, `${objects} reads`)
})

async function answers(searches = SEARCHES): Promise<string[][]> {
  const client = await ImapClient.signedIn(server.port)
  await client.run('EXAMINE Archive')
  const found: string[][] = []
  for (const search of searches) {
    const responses = await client.run(`SEARCH ${search}`)
    assert.match(responses.at(-1)!, / OK /, search)
    found.push(
      responses
        .find((each) => each.startsWith('* SEARCH'))!
        .split(' ')
        .slice(2),
    )
  }
  await client.close()
  await serverIdle()
  return found
}

/** The replica is opened anew once nobody holds it. */
async function serverIdle(): Promise<void> {
  while (server.listener.open > 0) await new Promise((resolve) => setTimeout(resolve, 5))
}
