import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { smarthostRelay } from '../../../shared/engines/embedded/relay-smarthost.ts'
import { sourceOf } from '../../../shared/ports/blob-source.ts'
import type { RelayMessage } from '../../../shared/ports/relay.ts'

/** What a peer answers to a line: nothing for the usual, '' for silence. `count`: how often that verb has come. */
type Answer = (line: string, count: number, socket: Socket) => string | undefined

interface Peer {
  url: string
  /** Commands, and the content of each message between them. */
  lines: string[]
  /** As they came: what arrived together is one. */
  chunks: string[]
}

const ALL = ['PIPELINING', '8BITMIME', 'SMTPUTF8', 'SIZE 1000000', 'DSN']

/** A server by hand, that offers what it is told to and answers as it likes. */
async function peer(t: TestContext, answer: Answer = () => undefined, offers: readonly string[] = ALL): Promise<Peer> {
  const lines: string[] = []
  const chunks: string[] = []
  const server = createServer((socket) => {
    socket.on('error', () => {}) // the other side has gone
    const counts = new Map<string, number>()
    let pending = ''
    let inData = false
    socket.write(answer('', 0, socket) ?? '220 odd.test\r\n')
    socket.on('data', (chunk) => {
      chunks.push(chunk.toString('utf8'))
      pending += chunk.toString('utf8')
      for (;;) {
        const end = pending.indexOf(inData ? '\r\n.\r\n' : '\r\n')
        if (end < 0) return
        const line = pending.slice(0, end)
        pending = pending.slice(end + (inData ? 5 : 2))
        lines.push(line)
        const verb = inData ? '.' : line.split(' ', 1)[0]!.toUpperCase()
        inData = false
        const count = (counts.get(verb) ?? 0) + 1
        counts.set(verb, count)
        const said = answer(verb === '.' ? '.' : line, count, socket) ?? usual(verb, offers)
        if (verb === 'DATA' && said.startsWith('354')) inData = true
        socket.write(said)
        if (said.startsWith('421') || verb === 'QUIT') socket.end()
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return { url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`, lines, chunks }
}

function usual(verb: string, offers: readonly string[]): string {
  if (verb === 'EHLO')
    return ['odd.test', ...offers].map((one, n) => `250${n < offers.length ? '-' : ' '}${one}\r\n`).join('')
  if (verb === 'DATA') return '354 go\r\n'
  return verb === 'QUIT' ? '221 bye\r\n' : '250 yes\r\n'
}

function send(url: string, more: Partial<RelayMessage> & { text?: string } = {}) {
  const { text = 'Subject: x\r\n\r\nline\r\n', ...rest } = more
  const content = sourceOf(Buffer.from(text))
  const message = {
    id: '0192',
    tenant: 't',
    reversePath: 'a@a.test',
    recipients: ['b@b.test'],
    content,
    smtputf8: false,
  }
  return smarthostRelay({ url, hostName: 'mail.test', maxOctets: 1e8, timeoutMs: 5_000 }).send({ ...message, ...rest })
}

const told = ({ outcomes }: Awaited<ReturnType<typeof send>>) =>
  outcomes.map(({ recipient, outcome, reply }) => `${recipient} ${outcome} ${reply}`)

describe('a smarthost that answers oddly', () => {
  it('greets at length, and answers octet by octet', async (t) => {
    const { url, lines } = await peer(t, (line, _count, socket) => {
      if (line === '') return '220-odd.test\r\n220-no advertising\r\n220 ready\r\n'
      if (line.startsWith('RCPT')) {
        for (const octet of '250-2.1.5 one\r\n') socket.write(octet)
        return '250 2.1.5 two\r\n'
      }
      return undefined
    })
    assert.deepEqual(told(await send(url)), ['b@b.test sent 250 yes'])
    assert.ok(lines.includes('EHLO mail.test'))
  })

  it('knows HELO alone', async (t) => {
    const { url, lines } = await peer(t, (line) => (line.startsWith('EHLO') ? '502 5.5.1 what?\r\n' : undefined))
    const dsn = { ret: 'FULL', recipients: new Map([['b@b.test', { notify: ['SUCCESS'] }]] as const) } as const
    const { outcomes } = await send(url, { body: '8BITMIME', dsn })
    assert.deepEqual(outcomes, [{ recipient: 'b@b.test', outcome: 'sent', reply: '250 yes' }])
    assert.deepEqual(lines.slice(0, 5), [
      'EHLO mail.test',
      'HELO mail.test',
      'MAIL FROM:<a@a.test>',
      'RCPT TO:<b@b.test>',
      'DATA',
    ])
  })

  it('gets commands together where it offers PIPELINING, one by one where it does not', async (t) => {
    for (const [offers, together] of [
      [ALL, 1],
      [['8BITMIME'], 3],
    ] as const) {
      const { url, chunks } = await peer(t, undefined, offers)
      await send(url, { recipients: ['b@b.test', 'c@c.test'] })
      assert.equal(chunks.filter((chunk) => /^(MAIL|RCPT)/.test(chunk)).length, together)
    }
  })

  it('greylists, then takes it', async (t) => {
    let isKnown = false
    const { url } = await peer(t, (line) => {
      if (!line.startsWith('RCPT') || isKnown) return undefined
      isKnown = true
      return '450 4.7.1 greylisted\r\n'
    })
    assert.deepEqual(told(await send(url)), ['b@b.test deferred 450 4.7.1 greylisted'])
    assert.deepEqual(told(await send(url)), ['b@b.test sent 250 yes'])
  })

  it('gives up in the middle of the recipients', async (t) => {
    for (const offers of [ALL, []]) {
      const { url } = await peer(
        t,
        (line, count) =>
          line.startsWith('RCPT') ? ['550 no\r\n', '250 yes\r\n', '421 4.3.2 later\r\n'][count - 1] : undefined,
        offers,
      )
      assert.deepEqual(told(await send(url, { recipients: ['a@b.test', 'b@b.test', 'c@b.test', 'd@b.test'] })), [
        'a@b.test failed 550 no',
        'b@b.test deferred 421 4.3.2 later',
        'c@b.test deferred 421 4.3.2 later',
        'd@b.test deferred 421 4.3.2 later',
      ])
    }
  })

  it('refuses the sender, and hangs up', async (t) => {
    const { url } = await peer(t, (line, _count, socket) => {
      if (!line.startsWith('MAIL')) return undefined
      socket.end('550 5.7.1 not you\r\n')
      return ''
    })
    assert.deepEqual(told(await send(url)), ['b@b.test failed 550 5.7.1 not you'])
  })

  it('answers in the middle of the content, and reads no more of it', async (t) => {
    for (const [reply, outcome] of [
      ['552 5.3.4 too long', 'failed'],
      ['421 4.3.2 stopping', 'deferred'],
    ] as const) {
      const { url } = await peer(
        t,
        (line, _count, socket) => {
          if (line !== 'DATA') return undefined
          socket.write('354 go\r\n')
          setImmediate(() => {
            socket.pause()
            socket.write(`${reply}\r\n`)
          })
          return ''
        },
        [],
      )
      const text = `Subject: x\r\n\r\n${'A line of it.\r\n'.repeat(1_000_000)}`
      assert.deepEqual(told(await send(url, { text })), [`b@b.test ${outcome} ${reply}`])
    }
  })

  it('says nothing after the end of the content: nobody knows, so it is thrown', async (t) => {
    const { url } = await peer(t, (line, _count, socket) => {
      if (line === '.') socket.destroy()
      return line === '.' ? '' : undefined
    })
    await assert.rejects(send(url), /closed the connection|ECONNRESET/)
  })

  it('takes fewer recipients at a time', async (t) => {
    const recipients = ['a@b.test', 'b@b.test', 'c@b.test', 'd@b.test', 'e@b.test']
    const cases = [
      { reply: '452 4.5.3 too many\r\n', transactions: 3 },
      { reply: '552 too many\r\n', transactions: 3 },
      { reply: undefined, offers: [...ALL, 'LIMITS MAILMAX=9 RCPTMAX=2'], transactions: 3 },
    ]
    for (const { reply, offers, transactions } of cases) {
      let inTransaction = 0
      const { url, lines } = await peer(
        t,
        (line) => {
          if (line.startsWith('MAIL')) inTransaction = 0
          if (!line.startsWith('RCPT')) return undefined
          return ++inTransaction > 2 ? reply : undefined
        },
        offers,
      )
      const { outcomes } = await send(url, { recipients })
      assert.deepEqual(
        outcomes.map(({ recipient, outcome }) => [recipient, outcome]),
        recipients.map((recipient) => [recipient, 'sent']),
      )
      assert.equal(lines.filter((line) => line.startsWith('MAIL')).length, transactions)
    }
    const { url } = await peer(t, (line, count) =>
      line.startsWith('RCPT') && count > 1 ? '452 4.2.2 mailbox full\r\n' : undefined,
    )
    assert.deepEqual(
      (await send(url, { recipients: recipients.slice(0, 2) })).outcomes.map(({ outcome }) => outcome),
      ['sent', 'deferred'],
    )
  })

  it('is told of SMTPUTF8 for the sake of a header alone (RFC 6531 §3.4)', async (t) => {
    const { url, lines } = await peer(t)
    await send(url, { smtputf8: true, body: '8BITMIME', text: 'Subject: Grüße\r\n\r\nx\r\n' })
    const mail = lines.find((line) => line.startsWith('MAIL'))!
    assert.ok(mail.includes(' SMTPUTF8') && mail.includes(' BODY=8BITMIME'), mail)
  })

  it('gets what only claims to be of 8 bits or UTF-8, where it knows neither', async (t) => {
    const { url, lines } = await peer(t, undefined, [])
    assert.deepEqual(told(await send(url, { smtputf8: true, body: '8BITMIME' })), ['b@b.test sent 250 yes'])
    assert.ok(lines.includes('MAIL FROM:<a@a.test>'))
    const header = await send(url, { smtputf8: true, body: '8BITMIME', text: 'Subject: Grüße\r\n\r\nx\r\n' })
    assert.match(header.outcomes[0]!.reply, /^550 5\.6\.7 /)
    const body = await send(url, { body: '8BITMIME', text: 'Subject: x\r\n\r\nGrüße\r\n' })
    assert.match(body.outcomes[0]!.reply, /^554 5\.6\.3 /)
  })

  it('gets every local part that there is, and what the sender wants to be told', async (t) => {
    const { url, lines } = await peer(t)
    const recipients = ['"a<b> c"@b.test', 'd@b.test', 'e@b.test']
    const dsn = {
      envid: 'a+b=c',
      recipients: new Map([
        ['d@b.test', { notify: [], originalRecipient: 'rfc822;d+e@b.test' }],
        ['e@b.test', { notify: ['FAILURE', 'DELAY'], originalRecipient: 'utf-8;gr\u00fc+\\\u00dfe@b.test' }],
      ] as const),
    } as const
    await send(url, { recipients, dsn })
    assert.deepEqual(lines.slice(1, 5), [
      'MAIL FROM:<a@a.test> SIZE=20 ENVID=a+2Bb+3Dc',
      'RCPT TO:<"a<b> c"@b.test>',
      'RCPT TO:<d@b.test> NOTIFY=NEVER ORCPT=rfc822;d+2Be@b.test',
      'RCPT TO:<e@b.test> NOTIFY=FAILURE,DELAY ORCPT=utf-8;gr\\x{FC}\\x{2B}\\x{5C}\\x{DF}e@b.test',
    ])
  })

  it('gets lines that end in CR LF, and a dot more where one begins them', async (t) => {
    const { url, lines } = await peer(t)
    await send(url, { text: '.a\nb\r.\r\r\n..c\r\n\n.' })
    assert.equal(lines.at(-1), '..a\r\nb\r\n..\r\n\r\n...c\r\n\r\n..')
  })

  it('has TLS that does not work: without it, as none was asked for', async (t) => {
    const offers = [...ALL, 'STARTTLS']
    const refusing = await peer(t, (line) => (line === 'STARTTLS' ? '454 4.7.0 not now\r\n' : undefined), offers)
    assert.deepEqual(told(await send(refusing.url)), ['b@b.test sent 250 yes'])
    const broken = await peer(
      t,
      (line, _count, socket) => {
        if (line === 'STARTTLS') {
          socket.removeAllListeners('data')
          socket.write('220 go\r\n')
          socket.once('data', () => socket.end('this is no TLS\r\n'))
        }
        return line === 'STARTTLS' ? '' : undefined
      },
      offers,
    )
    assert.deepEqual(told(await send(broken.url)), ['b@b.test sent 250 yes'])
    for (const { url } of [refusing, broken]) await assert.rejects(send(url, { tls: 'required' }))
  })

  it('asks for a password in its own way', async (t) => {
    const base64 = (text: string) => Buffer.from(text).toString('base64')
    const plain = base64('\0us er\0p@ss')
    const cases: { offers: string[]; answer: Answer; said: string[] }[] = [
      {
        offers: ['AUTH=LOGIN'],
        answer: (line) => (line.startsWith('AUTH') || line === base64('us er') ? '334 VXNlcm5hbWU6\r\n' : undefined),
        said: ['AUTH LOGIN', base64('us er'), base64('p@ss')],
      },
      {
        offers: ['AUTH CRAM-MD5 PLAIN LOGIN'],
        answer: (line) => (line.startsWith('AUTH PLAIN') ? '334 \r\n' : undefined),
        said: [`AUTH PLAIN ${plain}`, plain],
      },
      {
        offers: ['AUTH PLAIN', 'AUTH=LOGIN'],
        answer: (line) =>
          line.startsWith('AUTH PLAIN')
            ? '504 5.5.4 not that one\r\n'
            : line.startsWith('AUTH') || line === base64('us er')
              ? '334 \r\n'
              : undefined,
        said: [`AUTH PLAIN ${plain}`, 'AUTH LOGIN', base64('us er'), base64('p@ss')],
      },
      {
        offers: ['AUTH CRAM-MD5 DIGEST-MD5'],
        answer: (line) => (line.startsWith('AUTH') ? `334 ${base64('<1896.697170952@b.test>')}\r\n` : undefined),
        said: ['AUTH CRAM-MD5', base64('us er 4714bcdfe229ec115747d5f16d199751')],
      },
    ]
    for (const { offers, answer, said } of cases) {
      const { url, lines } = await peer(
        t,
        (line, count, socket) => {
          const its = answer(line, count, socket)
          if (its !== undefined) return its
          return line === said.at(-1) ? '235 2.7.0 welcome\r\n' : undefined
        },
        offers,
      )
      const { outcomes } = await send(url.replace('//', '//us%20er:p%40ss@'))
      assert.equal(outcomes[0]!.outcome, 'sent')
      assert.deepEqual(lines.slice(1, 1 + said.length), said)
    }
    const none = await peer(t)
    await assert.rejects(send(none.url.replace('//', '//user:pass@')), /Invalid login/)
  })

  it('is no server at all, or one that wants nobody', async (t) => {
    for (const greeting of ['554 5.3.2 go away\r\n', 'SSH-2.0-OpenSSH_9.2\r\n', `220-${'x'.repeat(100_000)}\r\n`]) {
      const { url } = await peer(t, (line) => (line === '' ? greeting : undefined))
      await assert.rejects(send(url), /Not greeted|no reply|without an end/)
    }
  })

  it('is so slow that the attempt is over first, in line or on the way', { timeout: 20_000 }, async (t) => {
    const { url } = await peer(t, (line) => (line.startsWith('RCPT') ? '' : undefined))
    await assert.rejects(send(url, { withinMs: 200 }), /took too long/)
    const relay = smarthostRelay({ url, hostName: 'mail.test', maxOctets: 1e8, timeoutMs: 60_000, atOnce: 1 })
    const content = sourceOf(Buffer.from('x\r\n'))
    const message = { id: '1', tenant: 't', reversePath: '', recipients: ['b@b.test'], content, smtputf8: false }
    const both = [400, 100].map((withinMs) => relay.send({ ...message, withinMs }))
    await Promise.all(both.map((one) => assert.rejects(one, /took too long/)))
  })
})
