import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rename, truncate, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { DatabaseError } from '../../../shared/engines/embedded/database.ts'
import { FolderInUseError } from '../../../shared/engines/embedded/folder-lock.ts'
import { readWhole, sourceOf } from '../../../shared/ports/blob-source.ts'
import { BlobLostError } from '../../../shared/ports/blobs.ts'
import { eventually, folderFor } from './opened-folder.ts'
import { largeName, octetsOf, smallName } from './power-loss-work.ts'

describe('embedded engine', () => {
  it('keeps everything from one opening to the next', async (t) => {
    const { open } = await folderFor(t)
    const first = await open()
    const item = { pk: 'a', sk: 'b', set: new Set(['x']), octets: Uint8Array.of(1) }
    const [small, large] = [randomBytes(20_000), randomBytes(300_000)]
    await first.table.write([{ put: item }])
    await first.blobs.put('raw/t/small', sourceOf(small), { kind: 'small' })
    await first.blobs.put('index/t/large', sourceOf(large))
    await first.queues.jobs.send('work')
    await first.close()
    await first.close()

    const second = await open()
    assert.deepEqual(await second.table.get({ pk: 'a', sk: 'b' }), item)
    assert.ok(small.equals((await readWhole(second.blobs, 'raw/t/small'))!))
    assert.ok(large.equals((await readWhole(second.blobs, 'index/t/large'))!))
    assert.deepEqual((await second.blobs.head('raw/t/small'))!.metadata, { kind: 'small' })
    const [work] = await second.queues.jobs.receive({ max: 10, visibilitySeconds: 1, waitSeconds: 0 })
    assert.deepEqual([work!.body, work!.attempts], ['work', 1])
  })

  it('folds its log into the database when it is closed', async (t) => {
    const { folder, open } = await folderFor(t)
    const engine = await open()
    await engine.table.write([{ put: { pk: 'a', sk: 'b' } }])
    await engine.close()
    assert.deepEqual((await readdir(folder)).toSorted(), ['blobs', 'lock', 'spool', 'tubepost.db'])
  })

  it('is told apart from a second one on its folder, until it is closed', async (t) => {
    const { folder, open } = await folderFor(t)
    const engine = await open()
    await assert.rejects(open(), (error: unknown) => {
      assert.ok(error instanceof FolderInUseError)
      assert.match(error.message, /in use: another Tubepost/)
      assert.ok(error.message.includes(folder))
      return true
    })
    await engine.close()
    await (await open()).close()
  })

  it('says which database is broken or missing, and never takes the files of one that is missing for leftovers', async (t) => {
    const { folder, open } = await folderFor(t)
    const engine = await open()
    const octets = randomBytes(300_000)
    await engine.blobs.put('raw/t/large', sourceOf(octets))
    await engine.close()
    const [database, aside] = [join(folder, 'tubepost.db'), join(folder, 'aside')]
    await rename(database, aside)
    for (const content of [undefined, '', 'x'.repeat(10_000)]) {
      if (content !== undefined) await writeFile(database, content)
      await assert.rejects(open(), (error: unknown) => {
        assert.ok(error instanceof DatabaseError)
        assert.ok(error.message.includes(database), error.message)
        return true
      })
    }
    await rename(aside, database)
    const again = await open()
    assert.ok(octets.equals((await readWhole(again.blobs, 'raw/t/large'))!))
  })

  it('leaves alone what others put into its folders', async (t) => {
    const { folder, open } = await folderFor(t)
    await (await open()).close()
    for (const name of ['spool/lost+found', 'blobs/lost+found', 'blobs/ab']) await mkdir(join(folder, name))
    for (const name of ['blobs/.DS_Store', 'blobs/ab/note']) await writeFile(join(folder, name), '')
    await (await open()).close()
    assert.deepEqual((await readdir(join(folder, 'blobs'))).toSorted(), ['.DS_Store', 'ab', 'lost+found'])
    assert.deepEqual(await readdir(join(folder, 'blobs/ab')), ['note'])
  })

  it('tells that the octets of an object are lost before it hands out any, and deletes it all the same', async (t) => {
    const { folder, open } = await folderFor(t)
    const { blobs } = await open()
    const files = async () =>
      (await readdir(join(folder, 'blobs'), { recursive: true })).filter((name) => name.includes('/'))
    for (const lose of [(file: string) => unlink(file), (file: string) => truncate(file, 1000)]) {
      await blobs.put('raw/t/large', sourceOf(randomBytes(300_000)))
      const [file] = await files()
      await lose(join(folder, 'blobs', file!))
      await assert.rejects(blobs.get('raw/t/large', { start: 0, end: 10 }), BlobLostError)
      await blobs.delete('raw/t/large')
      assert.deepEqual(await files(), [])
    }
  })

  it('finishes what is under way when it is closed, and refuses what comes later', async (t) => {
    const { open } = await folderFor(t)
    const engine = await open()
    const written = Array.from({ length: 50 }, (_, n) => engine.table.write([{ put: { pk: 'a', sk: String(n) } }]))
    await engine.close()
    await Promise.all(written)
    await assert.rejects(engine.table.write([{ put: { pk: 'a', sk: 'late' } }]), /closed/)
    assert.equal((await (await open()).table.query('a')).items.length, 50)
  })

  it('ends the waiting of receivers when it is closed', async (t) => {
    const { open } = await folderFor(t)
    const engine = await open()
    const waiting = engine.queues.jobs.receive({ max: 1, visibilitySeconds: 1, waitSeconds: 20 })
    await engine.close()
    assert.deepEqual(await waiting, [])
  })

  it('says so where a newer version wrote the folder, and lets it go', async (t) => {
    const { folder, open } = await folderFor(t)
    await (await open()).close()
    const database = new DatabaseSync(join(folder, 'tubepost.db'))
    database.exec('PRAGMA user_version = 99')
    await assert.rejects(open(), /of format 99, this version reads 1/)
    database.exec('PRAGMA user_version = 1')
    database.close()
    await open()
  })

  it('sweeps files that belong to no object, and spools of before', async (t) => {
    const { folder, open } = await folderFor(t)
    const first = await open()
    const octets = randomBytes(300_000)
    await first.blobs.put('index/t/kept', sourceOf(octets))
    await first.close()
    await mkdir(join(folder, 'blobs', 'ee'), { recursive: true })
    await writeFile(join(folder, 'blobs', 'ee', '0'.repeat(30)), 'x')
    await writeFile(join(folder, 'spool', 'leftover'), 'x')
    const second = await open()
    assert.ok(!(await readdir(join(folder, 'blobs', 'ee'))).includes('0'.repeat(30)))
    assert.deepEqual(await readdir(join(folder, 'spool')), [])
    assert.ok(octets.equals((await readWhole(second.blobs, 'index/t/kept'))!))
  })

  it('leaves no file of a large object that was refused or deleted', async (t) => {
    const { folder, open } = await folderFor(t)
    const engine = await open()
    const files = async () =>
      (await readdir(join(folder, 'blobs'), { recursive: true, withFileTypes: true })).filter((file) => file.isFile())
    const source = sourceOf(randomBytes(300_000))
    await assert.rejects(engine.blobs.put('index/t/a', { ...source, sha256: '0'.repeat(64) }))
    await Promise.all(Array.from({ length: 5 }, () => engine.blobs.put('index/t/a', source)))
    assert.equal((await files()).length, 1)
    await engine.blobs.delete('index/t/a')
    assert.deepEqual(await files(), [])
  })

  it('shares flushes among those who write at one moment', async (t) => {
    const { open } = await folderFor(t)
    const engine = await open()
    const flushes = async (work: () => Promise<unknown>): Promise<number> => {
      const before = engine.flushes()
      await work()
      return engine.flushes() - before
    }
    const many = <T>(make: (n: number) => Promise<T>) => Promise.all(Array.from({ length: 320 }, (_, n) => make(n)))
    assert.ok((await flushes(() => many((n) => engine.table.write([{ put: { pk: 'a', sk: `${n}` } }])))) <= 16)
    assert.ok((await flushes(() => many((n) => engine.queues.jobs.send(`${n}`)))) <= 16)
    const source = sourceOf(randomBytes(2000))
    assert.ok((await flushes(() => many((n) => engine.blobs.put(`raw/t/${n}`, source)))) <= 32)
    assert.equal(await flushes(() => engine.table.write([{ put: { pk: 'b', sk: 'a' } }])), 1)
    assert.equal(await flushes(() => engine.blobs.put('raw/t/alone', source)), 1)
    const refused = engine.table.write([{ put: { pk: 'b', sk: 'a' }, if: { absent: true } }])
    assert.equal(await flushes(() => assert.rejects(refused)), 0)
  })

  it('does the others of a batch where one is refused', async (t) => {
    const { open } = await folderFor(t)
    const { table } = await open()
    await table.write([{ put: { pk: 'a', sk: '7', first: true } }])
    const written = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => table.write([{ put: { pk: 'a', sk: `${n}` }, if: { absent: true } }])),
    )
    const refused = written.flatMap(({ status }, n) => (status === 'rejected' ? [n] : []))
    assert.deepEqual(refused, [7])
    assert.equal((await table.query('a')).items.length, 20)
  })

  it('writes items as they were when it was asked to', async (t) => {
    const { open } = await folderFor(t)
    const { table } = await open()
    const key = { pk: 'a', sk: 'a' }
    const item = { ...key, set: new Set(['before']), octets: Uint8Array.of(1) }
    const written = table.write([{ put: item }])
    item.set.add('after')
    item.octets[0] = 2
    await written
    const more = new Set(['more'])
    const updated = table.write([{ update: key, add: { set: more } }])
    more.add('after')
    await updated
    const wanted = { ...key, set: new Set(['before', 'more']), octets: Uint8Array.of(1) }
    assert.deepEqual(await table.get(key), wanted)
  })

  it('ends a page at 1 MB, as DynamoDB does', async (t) => {
    const { open } = await folderFor(t)
    const { table } = await open()
    for (let n = 0; n < 5; n++) await table.write([{ put: { pk: 'a', sk: `${n}`, octets: randomBytes(300 * 1024) } }])
    const page = await table.query('a')
    assert.equal(page.items.length, 4)
    assert.equal(page.next, '3')
  })

  it('removes what has expired, some time after', async (t) => {
    const { open } = await folderFor(t)
    const { table, clock } = await open({ expireEveryMs: 5 })
    const now = Math.floor(clock.now() / 1000)
    const past = Array.from({ length: 100 }, (_, n) => ({ put: { pk: 'past', sk: `${n}`, expires: now - 1 } }))
    for (const pk of ['past', 'also']) await table.write(past.map(({ put }) => ({ put: { ...put, pk } })))
    await table.write([
      { put: { pk: 'kept', sk: 'future', expires: now + 3600 } },
      { put: { pk: 'kept', sk: 'never' } },
      { put: { pk: 'kept', sk: 'put off', expires: now - 1 } },
      { put: { pk: 'kept', sk: 'text', expires: 'soon' } },
    ])
    // What is no longer to expire is not removed either.
    await table.write([{ update: { pk: 'kept', sk: 'put off' }, set: { expires: now + 3600 } }])
    await eventually(
      async () => (await table.query('past')).items.length + (await table.query('also')).items.length === 0,
    )
    assert.ok((await table.query('kept')).items.length >= 3)
  })

  it('gives links that open what they were made for, until their time is over', async (t) => {
    const { open } = await folderFor(t)
    let now = Date.now()
    const clock = { now: () => now, sleep: () => Promise.resolve() }
    const { blobs, verifyLink } = await open({ clock, linkBase: () => 'http://127.0.0.1:1234' })
    const wanted = { name: 'raw/t/a b?c#d%2F..', filename: 'Rechnung "ü".pdf', contentType: 'application/pdf' }
    const link = await blobs.link(wanted.name, { seconds: 300, ...wanted })
    assert.ok(link.startsWith('http://127.0.0.1:1234/blobs/raw/t/'))
    assert.deepEqual(verifyLink(new URL(link)), wanted)
    for (const part of ['expires', 'filename', 'type', 'signature']) {
      const changed = new URL(link)
      changed.searchParams.set(part, `${changed.searchParams.get(part)}0`)
      assert.equal(verifyLink(changed), undefined, part)
    }
    const other = new URL(link)
    other.pathname = '/blobs/raw/t/other'
    assert.equal(verifyLink(other), undefined)
    other.pathname = '/blobs/%E0%A4%A'
    assert.equal(verifyLink(other), undefined)
    now += 302_000
    assert.equal(verifyLink(new URL(link)), undefined)
  })

  it('keeps names that look like paths to themselves', async (t) => {
    const { open } = await folderFor(t)
    const { blobs } = await open()
    const octets = randomBytes(300_000)
    const name = 'index/../../../../tmp/./..//x'
    await blobs.put(name, sourceOf(octets))
    assert.ok(octets.equals((await readWhole(blobs, name))!))
  })

  it('has after kill -9 what it acknowledged', async (t) => {
    const { folder, open } = await folderFor(t)
    const program = fileURLToPath(new URL('./power-loss-work.ts', import.meta.url))
    const child = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
    const acknowledged: string[] = []
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged.push(line.slice('ack '.length))
      if (acknowledged.length === 150) child.kill('SIGKILL')
    }
    const { table, blobs } = await open()
    for (const what of acknowledged) {
      const [kind, n] = what.split('-') as [string, string]
      if (kind === 'item') assert.ok(await table.get({ pk: 'items', sk: n }), what)
      if (kind === 'small' || kind === 'large') {
        const name = kind === 'small' ? smallName(Number(n)) : largeName(Number(n))
        assert.ok(octetsOf(name).equals((await readWhole(blobs, name))!), what)
      }
    }
  })
})
