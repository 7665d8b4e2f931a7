/** The API for people to read: one page of HTML without scripts, made of the OpenAPI document. */

interface Schema {
  $ref?: string
  type?: string | string[]
  enum?: readonly unknown[]
  const?: unknown
  description?: string
  properties?: Record<string, Schema>
  required?: readonly string[]
  items?: Schema
  anyOf?: readonly Schema[]
}

interface Operation {
  summary?: string
  description?: string
  tags?: readonly string[]
  security?: readonly object[]
  parameters?: readonly { name: string; in: string; required?: boolean; schema?: Schema }[]
  requestBody?: { content: Record<string, { schema?: Schema }> }
  responses: Record<string, { description: string; content?: Record<string, { schema?: Schema }> }>
}

interface Document {
  info: { title: string; description?: string | undefined }
  paths?: Record<string, Record<string, unknown>> | undefined
  components?: { schemas?: Record<string, unknown> | undefined } | undefined
}

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 0 auto; padding: 1rem }
nav a { margin-right: 1rem }
h3 { font: 600 1rem ui-monospace, monospace; border-top: 1px solid #8886; padding-top: 1rem }
h3 b { display: inline-block; min-width: 4.5rem }
table { border-collapse: collapse; width: 100% }
td { padding: .15rem 1rem .15rem 0; vertical-align: top; border-bottom: 1px solid #8883 }
td:first-child, code { font-family: ui-monospace, monospace; font-size: .9rem }
`

export function docsPage(document: object): string {
  const { info, paths = {}, components } = document as Document
  const schemas = (components?.schemas ?? {}) as Record<string, Schema>
  const byTag = new Map<string, string[]>()
  for (const [path, item] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(item) as [string, Operation][]) {
      const tag = operation.tags?.[0] ?? 'Other'
      byTag.set(tag, [...(byTag.get(tag) ?? []), operationHtml(method, path, operation, schemas)])
    }
  }
  const tags = [...byTag.keys()]
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${text(info.title)} API</title><style>${STYLE}</style>
<h1>${text(info.title)} API</h1><p>${prose(info.description ?? '')} For programs: <a href="/openapi.json">openapi.json</a>.</p>
<nav>${tags.map((tag) => `<a href="#${text(anchor(tag))}">${text(tag)}</a>`).join('')}</nav>
${[...byTag].map(([tag, operations]) => `<h2 id="${text(anchor(tag))}">${text(tag)}</h2>${operations.join('')}`).join('\n')}
</html>`
}

function operationHtml(method: string, path: string, operation: Operation, schemas: Record<string, Schema>): string {
  const { parameters = [], requestBody, responses, summary = '', description = '' } = operation
  const body = requestBody && Object.values(requestBody.content)[0]?.schema
  const answers = Object.entries(responses).filter(([status]) => status !== 'default')
  return `<h3><b>${text(method.toUpperCase())}</b> ${text(path)}</h3><p>${prose(summary)}. ${prose(description)}</p>
${table(
  'Parameters',
  parameters.map(({ name, in: place, required, schema }) => [
    name,
    `${place}${required ? '' : ', optional'}; ${typeOf(schema)}`,
  ]),
)}
${body === undefined ? '' : table('Body', fields(body, schemas))}
${answers.map(([status, { description: what, content }]) => table(`${status} ${what}`, fields(Object.values(content ?? {})[0]?.schema, schemas))).join('')}`
}

function table(title: string, rows: readonly (readonly [string, string])[]): string {
  if (rows.length === 0) return ''
  const lines = rows.map(([name, what]) => `<tr><td>${text(name)}</td><td>${prose(what)}</td></tr>`)
  return `<p>${text(title)}</p><table>${lines.join('')}</table>`
}

function fields(schema: Schema | undefined, schemas: Record<string, Schema>): [string, string][] {
  const found = resolve(schema, schemas)
  if (found === undefined) return []
  if (found.properties === undefined) return [['', typeOf(found)]]
  return Object.entries(found.properties).map(([name, field]) => {
    const optional = found.required?.includes(name) ? '' : ', optional'
    return [name, `${typeOf(field)}${optional}${field.description ? `. ${field.description}` : ''}`]
  })
}

function resolve(schema: Schema | undefined, schemas: Record<string, Schema>): Schema | undefined {
  return schema?.$ref === undefined ? schema : schemas[schema.$ref.split('/').at(-1)!]
}

function typeOf(schema: Schema | undefined): string {
  if (schema === undefined) return ''
  if (schema.$ref !== undefined) return schema.$ref.split('/').at(-1)!
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' or ')
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(' or ')
  if (schema.items !== undefined) return `list of ${typeOf(schema.items)}`
  return Array.isArray(schema.type) ? schema.type.join(' or ') : (schema.type ?? 'object')
}

/** Text with its \`code\` marked. */
function prose(markdown: string): string {
  return text(markdown)
    .split('`')
    .map((piece, at) => (at % 2 === 1 ? `<code>${piece}</code>` : piece))
    .join('')
}

function anchor(tag: string): string {
  return tag.toLowerCase().replaceAll(' ', '-')
}

function text(plain: string): string {
  return plain.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
