import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { removeMailbox } from '../../../shared/flows/mailboxes/remove-mailbox.ts'
import { ImapClient } from './imap-client.ts'
import { type ImapServer, startImapServer } from './imap-server.ts'

let server: ImapServer
before(async () => {
  server = await startImapServer()
})
after(() => server.close())

async function untilClosed(client: ImapClient): Promise<string[]> {
  const heard: string[] = []
  try {
    for (;;) heard.push(await client.next())
  } catch (error) {
    assert.equal((error as Error).message, 'the server has closed')
    return heard
  }
}

for (const where of ['the same gateway', 'another gateway'] as const) {
  test(`a mailbox deleted at ${where} ends the sessions that have it selected, idling or not, before and after its content is removed`, async () => {
    const name = `doomed-${where.split(' ', 1)[0]}`
    const port = where === 'the same gateway' ? server.port : await server.anotherGateway()
    const remover = await ImapClient.signedIn(port)
    await remover.run(`CREATE ${name}`)
    await server.seed(name, [{ text: 'Subject: 1\r\n\r\n' }, { text: 'Subject: 2\r\n\r\n' }])
    const mailbox = await server.mailbox(name)
    const [idle, working] = [await ImapClient.signedIn(server.port), await ImapClient.signedIn(server.port)]
    for (const client of [idle, working]) await client.run(`SELECT ${name}`)
    idle.begin('IDLE')
    while (!(await idle.next()).startsWith('+ '));
    await remover.run(`DELETE ${name}`)
    assert.deepEqual(await untilClosed(idle), ['* BYE The mailbox is not there any more'])
    await removeMailbox(server.house.demo, mailbox)
    const answers = await working.run('FETCH 1:* (FLAGS)')
    assert.ok(answers.includes('* BYE The mailbox is not there any more'), answers.join('\n'))
    await remover.close()
  })
}
