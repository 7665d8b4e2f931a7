import { escapeHtml } from '../../../codec/escape-html.ts'
import type { SharedEmail } from '../../../flows/emails/share-email.ts'

const STYLE = `
:root { color-scheme: light; font-family: system-ui, sans-serif }
body { margin: 0 auto; max-width: 50rem; padding: 1rem }
h1 { font-size: 1.25rem; overflow-wrap: anywhere }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 0 0 1rem }
dt { color: #555 } dd { margin: 0; overflow-wrap: anywhere }
article { border-top: 1px solid #ccc; contain: layout paint; overflow: auto; padding-top: 1rem; position: relative; transform: translateZ(0) }
article img { max-width: 100% }
pre { font: inherit; white-space: pre-wrap; overflow-wrap: anywhere }
`

/** A page without a script. What the email brings stays within its frame, wherever its styles would put it. */
export function sharedEmailPage({ email, html, text, attachments }: SharedEmail): string {
  const subject = email.subject === '' ? '(no subject)' : email.subject
  const rows: [string, string][] = [
    ['From', email.from],
    ['To', email.to.join(', ')],
    ...(email.cc.length > 0 ? ([['Cc', email.cc.join(', ')]] satisfies [string, string][]) : []),
    ['Date', new Date(email.scheduledAt ?? email.createdAt).toUTCString()],
    ...attachments.map(({ filename }): [string, string] => ['Attached', filename]),
  ]
  const body = html ?? `<pre>${escapeHtml(text ?? '')}</pre>`
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(subject)}</title><style>${STYLE}</style></head>
<body><main>
<h1>${escapeHtml(subject)}</h1>
<dl>${rows.map(([name, value]) => `<dt>${name}</dt><dd>${escapeHtml(value)}</dd>`).join('')}</dl>
<article aria-label="Message">${body}</article>
</main></body>
</html>
`
}
