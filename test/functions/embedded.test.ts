import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { LineClient } from '../bench/line-client.ts'
import { type ServerProcess, startServerProcess } from '../server-process.ts'

/** The process as an operator sees it: asked whether it is well, and told to stop. */
let server: ServerProcess
before(async () => {
  server = await startServerProcess({ TUBEPOST_READY_PORT: '0' })
})
after(() => server.stop())

function ask(path: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${server.ports['ready']}${path}`)
}

async function open(door: string): Promise<LineClient> {
  const client = await LineClient.open(server.ports[door]!)
  await client.line()
  return client
}

test('says that it is well, and what it has done', async () => {
  const smtp = await open('smtp')
  smtp.write('EHLO client.example\r\nNOOP\r\nFOO\r\nQUIT\r\n')
  for (const code of ['250', '250', '500', '221']) assert.ok((await smtp.reply()).startsWith(code))
  const imap = await open('imap')
  await assert.rejects(imap.command('LOGIN alice@demo.test wrong'))
  await imap.command('LOGIN alice@demo.test tubepost-demo')
  await imap.command('SELECT INBOX')

  for (const path of ['/ready', '/health']) assert.equal((await ask(path)).status, 200, path)
  assert.equal((await ask('/elsewhere')).status, 404)
  const response = await ask('/metrics')
  assert.match(response.headers.get('content-type')!, /^text\/plain; version=0\.0\.4/)
  const lines = (await response.text()).split('\n')
  for (const line of [
    'tubepost_commands_total{protocol="smtp",command="NOOP",result="250"} 1',
    'tubepost_commands_total{protocol="imap",command="SELECT",result="OK"} 1',
    'tubepost_logins_total{protocol="imap",result="bad-credentials"} 1',
    'tubepost_logins_total{protocol="imap",result="ok"} 1',
    'tubepost_sessions_open{door="imap"} 1',
    'tubepost_sessions_total{door="smtp"} 1',
    'tubepost_queue_messages{queue="arrivals",state="dead"} 0',
  ]) {
    assert.ok(lines.includes(line), line)
  }
  assert.ok(lines.some((line) => line.startsWith('tubepost_store_seconds_count{call="table.getMany"}')))
  assert.ok(!lines.some((line) => line.includes('FOO')), 'what a client makes up is no label')
  imap.end()
})

test('SIGTERM: not ready first, then goodbye in each protocol, and what was under way is finished', async () => {
  const smtp = await open('smtp')
  const imap = await open('imap')
  await imap.command('LOGIN alice@demo.test tubepost-demo')
  await imap.command('SELECT INBOX')
  imap.write('x IDLE\r\n')
  assert.equal(await imap.line(), '+ idling')
  const pop3 = await open('pop3')
  const sending = await open('smtp')
  sending.write('HELO client.example\r\nMAIL FROM:<a@client.example>\r\nRCPT TO:<bob@demo.test>\r\nDATA\r\n')
  for (const code of ['250', '250', '250', '354']) assert.ok((await sending.reply()).startsWith(code))
  sending.write('Subject: the first half\r\n')

  process.kill(server.pid, 'SIGTERM')
  assert.equal(await smtp.line(), '421 4.3.2 Service is about to stop, try again later')
  assert.match(await imap.line(), /^\* BYE /)
  assert.match(await pop3.line(), /^-ERR \[SYS\/TEMP\] /)
  assert.equal((await ask('/ready')).status, 503)
  assert.equal((await ask('/health')).status, 200)
  await assert.rejects(open('smtp'), 'nobody new')

  sending.write('\r\nand the second\r\n.\r\n')
  assert.match(await sending.line(), /^250 2\.0\.0 OK /)
  assert.equal(await sending.line(), '421 4.3.2 Service is about to stop, try again later')
  for (const client of [smtp, imap, pop3, sending]) client.end()

  await server.restart()
  const again = await open('imap')
  await again.command('LOGIN bob@demo.test tubepost-demo')
  const deadline = Date.now() + 10_000
  for (let found = false; !found; ) {
    assert.ok(Date.now() < deadline, 'the message that was acknowledged is not there')
    await again.command('SELECT INBOX')
    again.write('y UID SEARCH SUBJECT "the first half"\r\n')
    for (let line = await again.line(); !line.startsWith('y '); line = await again.line()) {
      if (/^\* SEARCH \d/.test(line)) found = true
    }
  }
  again.end()
})
