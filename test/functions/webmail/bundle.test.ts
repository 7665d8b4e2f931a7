import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { webmailFiles } from '../../../functions/embedded/webmail.ts'
import type { WebmailFiles } from '../../../shared/servers/http/webmail.ts'

/** What a browser loads before it shows the sign-in or the list. */
const FIRST_LOAD_OCTETS = 150 * 1024

describe('the webmail as it is built', () => {
  let files: WebmailFiles
  before(async () => {
    files = await webmailFiles()
  })
  const octets = (name: string, coding: 'br' | 'gzip') => Buffer.from(files[name]![coding], 'base64')
  const textOf = (name: string) => brotliDecompressSync(octets(name, 'br')).toString()

  for (const coding of ['br', 'gzip'] as const) {
    test(`first load is small in ${coding}`, () => {
      const page = textOf('page')
      const named = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((match) => match[1]!)
      assert.ok(named.some((name) => name.endsWith('.js')) && named.some((name) => name.endsWith('.css')))
      const total = ['page', ...new Set(named)].reduce((sum, name) => sum + octets(name, coding).length, 0)
      assert.ok(total <= FIRST_LOAD_OCTETS, `${total} octets`)
      // Everything that the first script imports at once is named by the page, so that it comes in one go.
      const eager = named.filter((name) => name.endsWith('.js'))
      for (const name of eager) {
        const imports = [...textOf(name).matchAll(/(?:from|import)"\.\/([^"]+)"/g)].map((match) => `assets/${match[1]}`)
        assert.deepEqual(
          imports.filter((each) => !eager.includes(each)),
          [],
          name,
        )
      }
    })
  }

  test('settings and administration are no part of it', () => {
    const page = textOf('page')
    const lazy = Object.keys(files).filter((name) => name.endsWith('.js') && !page.includes(name))
    for (const word of ['settings', 'main', 'help'])
      assert.ok(
        lazy.some((name) => name.startsWith(`assets/${word}-`)),
        word,
      )
  })

  test('pages hold no script and no style of their own', () => {
    for (const name of ['page', 'frame']) {
      const html = textOf(name)
      assert.doesNotMatch(html, /<style|<script(?![^>]* src=)|\son\w+=|style=/)
      assert.doesNotMatch(html, /https?:/)
    }
  })

  test('both codings hold the same', () => {
    for (const name of Object.keys(files))
      assert.deepEqual(gunzipSync(octets(name, 'gzip')), brotliDecompressSync(octets(name, 'br')), name)
  })
})
