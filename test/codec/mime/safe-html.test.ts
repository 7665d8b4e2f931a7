import assert from 'node:assert/strict'
import { test } from 'node:test'
import { safeHtml } from '../../../shared/codec/mime/safe-html.ts'
import { cpuMs } from '../../cpu-time.ts'

const CASES: readonly [string, string, string][] = [
  ['text', 'a < b & "c"', 'a &lt; b &amp; &quot;c&quot;'],
  ['what is formatting', '<p>a <b>b</b><br>c</p>', '<p>a <b>b</b><br>c</p>'],
  ['styles of an element', '<p style="color: red">a</p>', '<p style="color: red">a</p>'],
  ['no script', 'a<script>alert(1)</script>b', 'ab'],
  ['no handler', '<p onclick="x()" ONLOAD=y>a</p>', '<p>a</p>'],
  ['no style sheet', '<style>p { background: url(//x) }</style><p>a</p>', '<p>a</p>'],
  ['no vector image', '<svg><script>x</script><a href="javascript:x">y</a></svg>z', 'z'],
  ['no frame, no form', '<iframe src="//x">y</iframe><form action="//x">a<input name=b></form>', 'a'],
  ['no base, no refresh', '<base href="//x"><meta http-equiv=refresh content="0;url=//x">a', 'a'],
  ['no image from elsewhere', '<img src="https://x.example/y.png" alt="a">', '<img alt="a">'],
  ['images in the text', '<img src="data:image/png;base64,aGk=">', '<img src="data:image/png;base64,aGk=">'],
  ['no other data', '<img src="data:image/svg+xml;base64,aGk=">', '<img>'],
  [
    'links elsewhere',
    '<a href="https://x.example/?a=1&amp;b" id=y>a</a>',
    '<a href="https://x.example/?a=1&amp;b" target="_blank" rel="noopener noreferrer nofollow">a</a>',
  ],
  [
    'no link that runs',
    '<a href=" java&#115;cript:x">a</a>',
    '<a target="_blank" rel="noopener noreferrer nofollow">a</a>',
  ],
  [
    'no way out of a value',
    '<p title="&quot;><script>x</script>">a</p>',
    '<p title="&quot;&gt;&lt;script&gt;x&lt;/script&gt;">a</p>',
  ],
  ['no comment, no declaration', '<!doctype html><!-- <b> --><![CDATA[x]]>a', 'a'],
  ['what is left open is closed', '<div><b>a', '<div><b>a</b></div>'],
]

for (const [name, html, expected] of CASES) {
  test(`safe HTML: ${name}`, () => {
    assert.equal(safeHtml(html), expected)
  })
}

test('safe HTML: time is linear in what a stranger sends', () => {
  for (const html of [
    '<b>'.repeat(300_000),
    `${'<b>'.repeat(200_000)}${'</i>'.repeat(200_000)}`,
    '<'.repeat(1_000_000),
  ]) {
    const startedMs = cpuMs()
    safeHtml(html)
    assert.ok(cpuMs() - startedMs < 2000)
  }
})
