import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HtmlText, htmlText } from '../../../shared/codec/mime/html-text.ts'

const CASES: [html: string, is: string][] = [
  ['', ''],
  ['just text', 'just text'],
  ['<p>Hello <b>wor</b>ld</p><p>again', 'Hello world\nagain'],
  ['a<br>b<div>c</div>d', 'a\nb\nc\nd'],
  ['one\r\n   two\t three', 'one two three'],
  ['&lt;b&gt; &amp;amp; &auml;&#8364;&#x1F600;&nbsp;x', '<b> &amp; ä€😀 x'],
  ['<title>t</title><style>p { color: red }</style><script>if (a<b) x()</script>seen', 'seen'],
  ['<!-- no --><p title="no">yes</p>', 'yes'],
  ['<a href="http://x/">link</a>ed', 'linked'],
  ['<table><tr><td>a</td><td>b</td></tr></table>', 'a\nb'],
  ['a < b', 'a < b'],
  ['<p', ''],
  ['cut <b', 'cut'],
  ['</p></p>x', 'x'],
]

describe('html-text', () => {
  for (const [html, is] of CASES) {
    test(JSON.stringify(html), () => {
      assert.equal(htmlText(html), is)
      for (let at = 0; at <= html.length; at++) {
        const stream = new HtmlText()
        assert.equal(stream.write(html.slice(0, at)) + stream.write(html.slice(at)) + stream.end(), is)
      }
    })
  }

  test('no HTML is too deep, and text after it is read', () => {
    const elements = '<div>'.repeat(200_000)
    assert.match(htmlText(`${elements}deep${'</i>'.repeat(200_000)}<p>after`), /deep[\s\S]*after$/)
  })
})
