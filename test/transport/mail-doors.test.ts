import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setLogLevel } from '../../shared/log.ts'
import { readLimits } from '../../shared/settings.ts'
import { makeCertificates } from '../../shared/transport/certificates.ts'
import { type Door, openDoors } from '../../shared/transport/mail-doors.ts'
import { makeSelfSigned } from '../../shared/transport/self-signed.ts'
import type { Listener } from '../../shared/transport/tcp.ts'
import { LineClient } from '../bench/line-client.ts'
import { type House, openHouse, PASSWORD } from '../house.ts'

setLogLevel('silent')
const PORTS = { submission: 0, imap: 0, pop3: 0 } as const

describe('the doors together', () => {
  let house: House
  let doors: Map<Door, Listener>
  before(async () => {
    house = await openHouse()
    doors = await open({ proxyProtocol: false })
  })
  after(async () => {
    await close(doors)
    await house.close()
  })

  async function open({ proxyProtocol }: { proxyProtocol: boolean }): Promise<Map<Door, Listener>> {
    const certificates = makeCertificates([await makeSelfSigned(['mx.test'], Date.now())])
    const limits = { ...readLimits({}), connectionsPerAccount: 1, connectionsPerIp: 4 }
    const { store } = house
    // Whoever is not the client that the PROXY header names has to have TLS.
    const allowPlaintext = ({ remoteAddress }: { remoteAddress: string }) =>
      remoteAddress === (proxyProtocol ? '192.0.2.9' : '127.0.0.1')
    const services = { store, limits, hostName: 'mx.test', allowPlaintext, proxyProtocol }
    return openDoors('127.0.0.1', PORTS, certificates, services)
  }

  function close(opened: Map<Door, Listener>): Promise<unknown> {
    return Promise.all([...opened.values()].map((listener) => listener.drain({ graceMs: 100 })))
  }

  async function client(door: Door, from = doors): Promise<LineClient> {
    return LineClient.open(from.get(door)!.port)
  }

  test('an account is signed in on so many connections, whatever they speak, and again when one is over', async () => {
    const first = await client('imap')
    await first.line()
    await first.command(`LOGIN alice@demo.test ${PASSWORD}`)

    const imap = await client('imap')
    await imap.line()
    await assert.rejects(imap.command(`LOGIN alice@demo.test ${PASSWORD}`), /^Error: x NO \[LIMIT\] /)
    const pop3 = await client('pop3')
    await pop3.line()
    pop3.write(`USER alice@demo.test\r\nPASS ${PASSWORD}\r\n`)
    await pop3.line()
    assert.equal(await pop3.line(), '-ERR [SYS/TEMP] too many connections of this account')
    const smtp = await client('submission')
    await smtp.line()
    const plain = Buffer.from(`\0alice@demo.test\0${PASSWORD}`).toString('base64')
    smtp.write(`HELO laptop\r\nAUTH PLAIN ${plain}\r\n`)
    await smtp.line()
    assert.equal(await smtp.line(), '421 4.7.0 Too many connections of this account, try again later')
    await assert.rejects(smtp.line(), /closed/)

    await imap.command(`LOGIN bob@demo.test ${PASSWORD}`)
    await first.command('LOGOUT')
    await assert.rejects(first.line(), /closed/)
    first.end()
    pop3.write(`USER alice@demo.test\r\nPASS ${PASSWORD}\r\n`)
    await pop3.line()
    assert.match(await pop3.line(), /^\+OK maildrop has /)
    for (const each of [imap, pop3, smtp]) each.end()
  })

  test('behind a proxy the client is who its header names, and without one there is no session', async () => {
    const behind = await open({ proxyProtocol: true })
    const header = Buffer.concat([
      Buffer.from('\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c', 'latin1'),
      Buffer.from([192, 0, 2, 9, 127, 0, 0, 1, 0x10, 0, 0, 143]),
    ])
    const imap = await client('imap', behind)
    imap.write(header)
    await imap.line()
    await imap.command(`LOGIN bob@demo.test ${PASSWORD}`)
    const without = await client('imap', behind)
    without.write('a LOGIN bob@demo.test x\r\n')
    await assert.rejects(without.line(), /closed/)
    for (const each of [imap, without]) each.end()
    await close(behind)
  })
})
