import type { Api } from './api.ts'
import { docsPage } from './docs-page.ts'
import { TENANT_HEADER } from './guards.ts'

/** OpenAPI 3.1, out of the schemas that requests are checked against. */
export function openApiDocument(api: Api) {
  return api.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Tubepost',
      version: '1',
      description:
        'Sending and receiving as Resend has it, and administration in the same style. ' +
        `Keys go into \`Authorization: Bearer …\`; an operator acts for a tenant with \`${TENANT_HEADER}: <tenant>\`.`,
    },
    servers: [{ url: '/' }],
  })
}

/** The API describes itself: for programs, and for people. */
export function documents(api: Api): void {
  api.openAPIRegistry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' })
  const document = openApiDocument(api)
  const page = docsPage(document)
  api.get('/openapi.json', (c) => c.json(document))
  api.get('/docs', (c) => {
    // The page has no script and loads nothing.
    const policy = ["default-src 'none'", "style-src 'unsafe-inline'", "base-uri 'none'", "form-action 'none'"]
    c.header('content-security-policy', [...policy, "frame-ancestors 'none'"].join('; '))
    return c.html(page)
  })
}
