/** `npx tubepost import` and `export` of files: mbox and Maildir in, both out, and in again: nothing is lost on the round. */
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { run } from '../../functions/cli/run.ts'
import { readFrames } from '../../shared/codec/message-frames.ts'
import { type ApiHouse, openApiHouse } from '../servers/http/api-house.ts'

const DATE = 'Thu Jan  2 03:04:05 2025'
const AT = Date.UTC(2025, 0, 2, 3, 4, 5)

interface Seen {
  flags: string[]
  at: number
  text: string
}

describe('mailboxes as files', () => {
  let house: ApiHouse
  let folder: string
  before(async () => {
    house = await openApiHouse()
    folder = await mkdtemp(join(tmpdir(), 'tubepost-files-'))
  })
  after(async () => {
    await house.close()
    await rm(folder, { recursive: true, force: true })
  })

  async function tubepost(...args: string[]) {
    const said = { out: '', error: '' }
    const streams = {
      out: (text: string) => {
        said.out += text
      },
      error: (text: string) => {
        said.error += text
      },
    }
    const code = await run([...args, '--json'], { TUBEPOST_URL: house.url, TUBEPOST_KEY: house.key }, streams)
    return { code, rows: said.out === '' ? [] : JSON.parse(said.out), error: said.error }
  }

  async function newAccount(name: string): Promise<string> {
    const address = `${name}@demo.test`
    const { status } = await house.call('POST', '/accounts', { body: { address, password: 'a long one' } })
    assert.equal(status, 201)
    return address
  }

  async function messagesOf(account: string, mailbox: string): Promise<Seen[]> {
    const path = `/accounts/${account}/export?mailbox=${encodeURIComponent(mailbox)}`
    const response = await fetch(`${house.url}${path}`, { headers: { authorization: `Bearer ${house.key}` } })
    const seen: Seen[] = []
    for await (const { header, content } of readFrames(response.body!)) {
      if (header['end'] === true) continue
      const { flags, received_at } = header as { flags: string[]; received_at: string }
      const text = Buffer.concat(await Array.fromAsync(content)).toString('latin1')
      seen.push({ flags: flags.sort(), at: Date.parse(received_at), text })
    }
    return seen
  }

  const totals = (rows: Record<string, number>[], field: string) => rows.reduce((sum, row) => sum + row[field]!, 0)

  test('mbox files in folders, as Thunderbird has them', async () => {
    const account = await newAccount('thunder')
    const mail = join(folder, 'thunderbird')
    await mkdir(join(mail, 'Work.sbd', 'Old.sbd'), { recursive: true })
    const inbox =
      `From - ${DATE}\nX-Mozilla-Status: 0001\nSubject: one\n\nFirst.\n>From here\n\n` +
      `From - ${DATE}\nX-Mozilla-Status: 0009\nSubject: deleted\n\nGone.\n\n` +
      `From - ${DATE}\nX-Mozilla-Status: 1002\nX-Mozilla-Keys: $label1\nSubject: two\n\nSecond.\n\n` +
      `From - ${DATE}\nX-Mozilla-Status: 1002\nX-Mozilla-Keys: $label1\nSubject: two\n\nSecond.\n\n`
    await writeFile(join(mail, 'Inbox'), inbox)
    await writeFile(join(mail, 'Inbox.msf'), '// <!-- <mdb:mork:z v="1.4"/> -->')
    await writeFile(join(mail, 'Work.sbd', 'Old'), `From a@x.test ${DATE}\nSubject: old\n\n`)
    const large = `Subject: large\n\n${'x'.repeat(70)}\n`.padEnd(3_000_000, 'line of a large one\n')
    await writeFile(join(mail, 'Work.sbd', 'Old.sbd', 'Deep'), `From a@x.test ${DATE}\nStatus: RO\n${large}\n`)
    const first = await tubepost('import', 'mbox', account, mail)
    assert.deepEqual([first.code, first.error], [0, ''])
    assert.deepEqual(
      first.rows.map(({ from, imported }: { from: string; imported: number }) => [from, imported]),
      [
        ['INBOX', 3],
        ['Work/Old', 1],
        ['Work/Old/Deep', 1],
      ],
    )
    const two = { flags: ['$Forwarded', '$label1', '\\Answered'], at: AT, text: 'Subject: two\r\n\r\nSecond.\r\n' }
    assert.deepEqual(await messagesOf(account, 'INBOX'), [
      { flags: ['\\Seen'], at: AT, text: 'Subject: one\r\n\r\nFirst.\r\nFrom here\r\n' },
      two,
      two,
    ])
    const [deep] = await messagesOf(account, 'Work/Old/Deep')
    assert.deepEqual(
      [deep!.flags, deep!.text.length],
      [['\\Seen'], large.replaceAll('\n', '\r\n').length + (large.endsWith('\n') ? 0 : 2)],
    )
    const again = await tubepost('import', 'mbox', account, mail)
    assert.deepEqual([totals(again.rows, 'imported'), totals(again.rows, 'known')], [0, 5])
  })

  test('a Maildir with subfolders, keywords and a name in modified UTF-7', async () => {
    const account = await newAccount('maildir')
    const mail = join(folder, 'Maildir')
    const sub = join(mail, '.Archive.K&APY-ln')
    for (const place of ['cur', 'new', 'tmp']) {
      await mkdir(join(mail, place), { recursive: true })
      await mkdir(join(sub, place), { recursive: true })
    }
    async function put(path: string, text: string, seconds: number) {
      await writeFile(path, text)
      await utimes(path, seconds, seconds)
    }
    await writeFile(join(mail, 'dovecot-keywords'), '0 work\n1 $Junk\n')
    await writeFile(join(mail, 'subscriptions'), 'INBOX\nArchive.K&APY-ln\n')
    await put(join(mail, 'cur', '1000.M1P1.host,S=10:2,FRSab'), 'Subject: a\n\nA\n', 1000)
    await put(join(mail, 'new', '2000.M2P1.host'), 'Subject: b\r\n\r\nB\r\n', 2000)
    await put(join(mail, 'tmp', '3000.M3P1.host'), 'half', 3000)
    await put(join(sub, 'cur', '1500.M4P1.host:2,DPT'), 'Subject: c\n\n', 1500)
    const { code, rows } = await tubepost('import', 'maildir', account, mail)
    assert.deepEqual([code, totals(rows, 'imported')], [0, 3])
    assert.deepEqual(await messagesOf(account, 'INBOX'), [
      { flags: ['$Junk', '\\Answered', '\\Flagged', '\\Seen', 'work'], at: 1_000_000, text: 'Subject: a\r\n\r\nA\r\n' },
      { flags: [], at: 2_000_000, text: 'Subject: b\r\n\r\nB\r\n' },
    ])
    assert.deepEqual(await messagesOf(account, 'Archive/Köln'), [
      { flags: ['$Forwarded', '\\Deleted', '\\Draft'], at: 1_500_000, text: 'Subject: c\r\n\r\n' },
    ])
    const { body } = await house.call('GET', `/accounts/${account}/mailboxes?limit=100`)
    const koeln = body.data.find(({ name }: { name: string }) => name === 'Archive/Köln')
    assert.equal(koeln.subscribed, true)
    assert.equal(totals((await tubepost('import', 'maildir', account, mail)).rows, 'imported'), 0)
  })

  for (const to of ['mbox', 'maildir'] as const) {
    test(`out as ${to}, and in again`, async () => {
      const from = 'maildir@demo.test'
      const files = join(folder, `out-${to}`)
      const written = await tubepost('export', from, files, '--to', to)
      assert.deepEqual([written.code, written.error, totals(written.rows, 'written')], [0, '', 3])
      const account = await newAccount(`back-${to}`)
      const { code, error, rows } = await tubepost('import', to, account, files)
      assert.deepEqual([code, error, totals(rows, 'imported')], [0, '', 3])
      for (const mailbox of ['INBOX', 'Archive/Köln']) {
        assert.deepEqual(await messagesOf(account, mailbox), await messagesOf(from, mailbox))
      }
    })
  }

  test('a Maildir that is there is brought up to date', async () => {
    const files = join(folder, 'out-maildir')
    const before = await readdir(join(files, 'cur'))
    const { mtimeMs } = await stat(join(files, 'cur', before[0]!))
    const again = await tubepost('export', 'maildir@demo.test', files, '--to', 'maildir')
    assert.deepEqual([totals(again.rows, 'messages'), totals(again.rows, 'written')], [3, 0])
    assert.deepEqual(await readdir(join(files, 'cur')), before)
    assert.equal((await stat(join(files, 'cur', before[0]!))).mtimeMs, mtimeMs)
    assert.equal(await readFile(join(files, 'dovecot-keywords'), 'utf8'), '0 work\n1 $Junk\n')
  })

  test('into one mailbox, below one, without some', async () => {
    const account = await newAccount('choosy')
    const mail = join(folder, 'Maildir')
    const below = await tubepost('import', 'maildir', account, mail, '--into', 'Before', '--except', 'Archive/Köln')
    assert.deepEqual(
      below.rows.map(({ mailbox }: { mailbox: string }) => mailbox),
      ['Before/INBOX'],
    )
    const one = await tubepost('import', 'maildir', account, mail, '--mailbox', 'All of it')
    assert.deepEqual([totals(one.rows, 'imported'), totals(one.rows, 'known')], [1, 2])
  })

  const WRONG: [string[], 1 | 2, RegExp][] = [
    [['import', 'mbox', 'alice@demo.test', '/nowhere/at/all'], 1, /ENOENT/],
    [['import', 'maildir', 'alice@demo.test', import.meta.dirname], 1, /is no Maildir/],
    [['import', 'mbox', 'nobody@demo.test', '.'], 1, /Account not found/],
    [['import', 'mbox', 'alice@demo.test', '.', '--format', 'x'], 2, /--format takes/],
    [['import', 'imap', 'alice@demo.test', '--host', 'x'], 2, /--password is missing/],
    [
      ['import', 'imap', 'alice@demo.test', '--host', '127.0.0.1', '--port', '1', '--user', 'a', '--password', 'b'],
      1,
      /127\.0\.0\.1:1 refuses/,
    ],
    [['export', 'alice@demo.test', '/tmp/x', '--to', 'pst'], 2, /--to takes mbox or maildir/],
    [['export', 'alice@demo.test', '/tmp/x', '--to', 'mbox', '--mailbox', 'Nowhere'], 1, /no mailbox Nowhere/],
  ]
  for (const [args, code, words] of WRONG) {
    test(`${args.slice(0, 2).join(' ')}: ${words.source}`, async () => {
      const said = await tubepost(...args)
      assert.equal(said.code, code, said.error)
      assert.match(said.error, words)
      assert.equal(said.error.trim().split('\n').length, 1)
    })
  }
})
