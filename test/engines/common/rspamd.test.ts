import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { rspamdScanner } from '../../../shared/engines/common/rspamd.ts'
import { sourceOf } from '../../../shared/ports/blob-source.ts'
import type { BlobSource } from '../../../shared/ports/blobs.ts'
import { freePort } from '../../free-port.ts'

const SCAN = {
  remoteAddress: '192.0.2.1',
  helo: 'client.test',
  reversePath: 's@x.test',
  hostName: 'mx.test',
  recipients: ['a@demo.test', 'bücher@demo.test'],
}
const LETTER = sourceOf(Buffer.from('From: a@x.test\r\nSubject: test\r\n\r\nHello.\r\n'))

type Handler = (request: IncomingMessage, response: ServerResponse) => void

async function serverOf(context: TestContext, handler: Handler): Promise<string> {
  const server = createServer(handler).listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const answer =
  (value: unknown, code = 200): Handler =>
  (request, response) => {
    request.resume().on('end', () => {
      response.writeHead(code).end(typeof value === 'string' ? value : JSON.stringify(value))
    })
  }

describe('over HTTP', () => {
  test('it is told who sends, and the octets; what is behind a path is behind it', async (context) => {
    let seen: unknown
    const url = await serverOf(context, async (request, response) => {
      const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString()
      const { ip, helo, from, 'mta-name': mta, 'content-length': length } = request.headers
      const to = request.rawHeaders.filter((_, at, all) => all[at - 1] === 'Rcpt')
      seen = {
        path: request.url,
        ip,
        helo,
        from,
        mta,
        length,
        to: to.map((one) => String(Buffer.from(one, 'latin1'))),
        body,
      }
      response.end(JSON.stringify({ action: 'no action', score: 1.5, required_score: 15 }))
    })
    const verdict = await rspamdScanner({ url: `${url}/behind/` }).scan(LETTER, {
      ...SCAN,
      helo: 'client\r\nX: y.test',
    })
    assert.deepEqual(verdict, { action: 'accept', score: 1.5, required: 15 })
    assert.deepEqual(seen, {
      path: '/behind/checkv2',
      ip: '192.0.2.1',
      helo: 'clientX: y.test',
      from: 's@x.test',
      mta: 'mx.test',
      length: String(LETTER.length),
      to: ['a@demo.test', 'bücher@demo.test'],
      body: 'From: a@x.test\r\nSubject: test\r\n\r\nHello.\r\n',
    })
  })

  for (const [action, meant] of [
    ['no action', 'accept'],
    ['greylist', 'accept'],
    ['add header', 'junk'],
    ['rewrite subject', 'junk'],
    ['soft reject', 'put-off'],
    ['reject', 'reject'],
  ] as const) {
    test(`${action} is ${meant}`, async (context) => {
      const url = await serverOf(context, answer({ action, score: 7, required_score: 15 }))
      assert.equal((await rspamdScanner({ url }).scan(LETTER, SCAN)).action, meant)
    })
  }

  for (const [name, handler] of [
    ['an action nobody knows', answer({ action: '__proto__', score: 1 })],
    ['no JSON', answer('<html>')],
    ['null', answer('null')],
    ['an error', answer({ error: 'no' }, 503)],
    ['too much', answer(`"${'x'.repeat(2 * 1024 * 1024)}"`)],
    ['nothing', () => undefined],
    ['a connection that breaks', (request: IncomingMessage) => request.socket.destroy()],
  ] as const) {
    test(`${name} is no verdict`, async (context) => {
      const url = await serverOf(context, handler)
      await assert.rejects(rspamdScanner({ url, limitMs: 1000 }).scan(LETTER, SCAN))
    })
  }

  test('nobody listens; a source that breaks; an answer before all has been read', async (context) => {
    await assert.rejects(rspamdScanner({ url: 'http://127.0.0.1:1' }).scan(LETTER, SCAN))
    const url = await serverOf(context, answer({ action: 'no action', score: 0 }))
    const broken: BlobSource = {
      ...LETTER,
      async *open() {
        yield Buffer.from('From')
        throw new Error('the disk is gone')
      },
    }
    await assert.rejects(rspamdScanner({ url, limitMs: 2000 }).scan(broken, SCAN))
    const early = await serverOf(context, (_, response) => {
      response.end(JSON.stringify({ action: 'reject', score: 20, required_score: 15 }))
    })
    const large = sourceOf(Buffer.alloc(8 * 1024 * 1024, 'x'))
    assert.equal((await rspamdScanner({ url: early, limitMs: 5000 }).scan(large, SCAN)).action, 'reject')
  })
})

function hasRspamd(): boolean {
  try {
    execFileSync('rspamd', ['--version'], { stdio: 'ignore' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

/** With nothing but its own test patterns, so that nothing depends on the world; three top-level domains, as it compiles them all at its start. */
function configuration(folder: string, port: number): string {
  return `
    options {
      pidfile = "${folder}/pid"; tempdir = "${folder}"; hs_cache_dir = "${folder}"; stats_file = "${folder}/stats";
      control_socket = "${folder}/control mode=0600"; filters = ""; url_tld = "${folder}/tld"; disable_hyperscan = true; gtube_patterns = "all";
      enable_test_patterns = true; # as versions before 3.5 call it
      dns { nameserver = ["127.0.0.1:9"]; timeout = 1s; retransmits = 1; }
    }
    logging { type = "console"; level = "error"; }
    actions { reject = 15; add_header = 6; greylist = 4; }
    worker "normal" { type = "normal"; bind_socket = "127.0.0.1:${port}"; count = 1; }`
}

test('rspamd itself', { skip: hasRspamd() ? false : 'rspamd is not installed' }, async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'tubepost-rspamd-'))
  const port = await freePort()
  await writeFile(join(folder, 'rspamd.conf'), configuration(folder, port))
  await writeFile(join(folder, 'tld'), 'com\nnet\ntest\n')
  // As root it wants to be told that it may stay so.
  const asRoot = process.getuid?.() === 0 ? ['-i'] : []
  const child = spawn('rspamd', ['-f', ...asRoot, '-c', join(folder, 'rspamd.conf')], { stdio: 'ignore' })
  const ended = once(child, 'exit')
  context.after(async () => {
    child.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true })
  })
  const url = `http://127.0.0.1:${port}`
  for (const deadline = Date.now() + 60_000; !(await answers(`${url}/ping`)); ) {
    assert.ok(Date.now() < deadline && child.exitCode === null, 'rspamd does not begin to answer')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const scanner = rspamdScanner({ url })
  const letter = (text: string) =>
    sourceOf(Buffer.from(`From: a@x.test\r\nTo: b@x.test\r\nSubject: x\r\n\r\n${text}\r\n`))
  const gtube = (first: string) => letter(`${first}JS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X`)
  assert.deepEqual(await scanner.scan(letter('Hello.'), SCAN), { action: 'accept', score: 0, required: 15 })
  assert.deepEqual(await scanner.scan(gtube('X'), SCAN), { action: 'reject', score: 15, required: 15 })
  assert.deepEqual(await scanner.scan(gtube('Y'), SCAN), { action: 'junk', score: 6, required: 15 })
  assert.equal((await scanner.scan(gtube('Z'), SCAN)).action, 'junk')
  assert.equal((await scanner.scan(letter('a line of text\r\n'.repeat(100_000)), SCAN)).action, 'accept')
})

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok
  } catch (error) {
    if (error instanceof TypeError) return false // nobody listens yet
    throw error
  }
}
