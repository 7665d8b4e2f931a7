import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { foldForSearch } from '../../../shared/codec/mime/fold-text.ts'

const FOUND: [text: string, query: string][] = [
  ['Hello World', 'o wOR'],
  ['Straße', 'STRASSE'],
  ['STRASSE', 'straße'],
  ['ΟΔΥΣΣΕΥΣ', 'οδυσσευς'],
  ['οδυσσευς', 'ΣΕΥΣ'],
  ['ΣΑΣ ΣΟΦΟΣ', 'σας σοφος'],
  ['ﬁne', 'FINE'],
  ['ＡＢＣ', 'abc'],
  ['café', 'cafe\u0301'],
  ['cafe\u0301', 'CAFÉ'],
  ['Ångström', 'ångstro\u0308m'],
  ['ſt', 'ST'],
  ['привет', 'ПРИВ'],
  ['①', '1'],
  ['a\tsubject', 'A Subject'],
  ['ein\tschöner Tag', 'EIN SCHÖNER'],
]

describe('fold-text', () => {
  for (const [text, query] of FOUND) {
    test(`${query} is in ${text}`, () => assert.ok(foldForSearch(text).includes(foldForSearch(query))))
  }

  test('accents tell words apart', () => assert.ok(!foldForSearch('café').includes(foldForSearch('cafe'))))

  test('folding folded text changes nothing', () => {
    for (const [text, query] of FOUND) {
      for (const each of [text, query]) assert.equal(foldForSearch(foldForSearch(each)), foldForSearch(each))
    }
  })

  test('a run of combining marks is no bomb', () => {
    const marks = foldForSearch(`a${'\u0301\u0316'.repeat(50_000)}`)
    assert.ok(marks.length < 110_000)
    assert.ok(Math.max(...marks.split('\u034f').map((run) => run.length)) <= 31)
  })
})
