import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { type HttpListener, listenHttp } from '../../shared/transport/http.ts'

describe('what a client may send that is no request of ours', () => {
  let listener: HttpListener
  before(async () => {
    const limits = { connections: 100, connectionsPerIp: 100 }
    listener = await listenHttp({ host: '127.0.0.1', port: 0, limits, serve: (request) => new Response(request.url) })
  })
  after(() => listener.drain({ graceMs: 1000 }))

  async function statusOf(text: string): Promise<string> {
    const socket = connect(listener.port, '127.0.0.1')
    socket.end(text)
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk
    })
    await once(socket, 'close')
    return answer.split(' ', 2)[1] ?? 'none'
  }

  for (const [what, text, status] of [
    ['a request', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', '200'],
    ['a whole URL', 'GET http://a/b HTTP/1.1\r\nHost: a\r\n\r\n', '200'],
    ['TRACE, which no Request can say', 'TRACE / HTTP/1.1\r\nHost: a\r\n\r\n', '501'],
    ['a password in the host', 'GET / HTTP/1.1\r\nHost: a:b@c\r\n\r\n', '400'],
    ['a password in the URL', 'GET http://a:b@c/ HTTP/1.1\r\nHost: c\r\n\r\n', '400'],
    ['a host that is none', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n', '400'],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', '400'],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', '400'],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      '400',
    ],
    ['headers without end', `GET / HTTP/1.1\r\nHost: a\r\n${'x: y\r\n'.repeat(10_000)}\r\n`, '431'],
  ] as const) {
    test(what, async () => assert.equal(await statusOf(text.replace('Host', 'Connection: close\r\nHost')), status))
  }
})
