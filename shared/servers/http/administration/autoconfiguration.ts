import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import {
  formatAutodiscover,
  formatAutodiscoverError,
  OUTLOOK_SCHEMA,
  parseAutodiscoverRequest,
} from '../../../codec/autoconfig/autodiscover.ts'
import type { ClientSettings } from '../../../codec/autoconfig/client-settings.ts'
import { formatMobileconfig } from '../../../codec/autoconfig/mobileconfig.ts'
import { formatThunderbirdConfig } from '../../../codec/autoconfig/thunderbird.ts'
import { clientSettings, mtaStsPolicy } from '../../../flows/tenants/configure-client.ts'
import { WELL_KNOWN_PORTS } from '../../../settings.ts'
import type { Api, ApiEnv } from '../api.ts'
import { ApiError } from '../api-error.ts'
import type { HttpServices } from '../services.ts'

const MAX_REQUEST_OCTETS = 64 * 1024
const XML = 'text/xml; charset=utf-8'
/** The part of a path that Outlook's versions spell with capitals here and there. */
const SPELT = '/autodiscover/autodiscover.'
const NOT_OURS = 'No verified domain here has that name.'

/** How mail programs find out by themselves: for each verified domain, by its own name or by an address of it. Nobody signs in for it. */
export function autoconfiguration(api: Api, { store, mailHost }: HttpServices): void {
  const { directory } = store
  const hosted = async (addressOrDomain: string): Promise<ClientSettings> => {
    const settings = await clientSettings(directory, mailHost, addressOrDomain)
    if (settings === undefined) throw new ApiError(404, 'not_found', NOT_OURS)
    return settings
  }

  const thunderbird = async (c: Context<ApiEnv>) => {
    const settings = await hosted(c.req.query('emailaddress') || behind(c, 'autoconfig'))
    return c.body(formatThunderbirdConfig(settings), 200, { 'content-type': XML })
  }
  api.get('/mail/config-v1.1.xml', thunderbird)
  api.get('/.well-known/autoconfig/mail/config-v1.1.xml', thunderbird)

  const autodiscover = async (c: Context<ApiEnv>) => {
    const { address, schema } = parseAutodiscoverRequest(await bodyText(c))
    const answer = (text: string) => c.body(text, 200, { 'content-type': XML })
    if (address?.includes('@') !== true) return answer(formatAutodiscoverError(600))
    // ActiveSync is asked for at the same place, and is not to be had.
    if (schema !== undefined && schema !== OUTLOOK_SCHEMA) return answer(formatAutodiscoverError(601))
    return answer(formatAutodiscover(await hosted(address)))
  }
  const autodiscoverJson = async (c: Context<ApiEnv>) => {
    await hosted(c.req.param('address') ?? c.req.query('Email') ?? c.req.query('email') ?? '')
    const protocol = (c.req.query('Protocol') ?? c.req.query('protocol') ?? '').toLowerCase()
    if (protocol !== 'autodiscoverv1') {
      return c.json({ ErrorCode: 'ProtocolNotSupported', ErrorMessage: 'Only AutodiscoverV1 is to be had here.' }, 400)
    }
    const { hostName, ports = WELL_KNOWN_PORTS } = mailHost
    const port = ports.https === 443 ? '' : `:${ports.https}`
    return c.json({ Protocol: 'AutodiscoverV1', Url: `https://${hostName}${port}/autodiscover/autodiscover.xml` }, 200)
  }
  api.use(async (c, next) => {
    const start = c.req.path.slice(0, SPELT.length)
    if (start === SPELT || start.toLowerCase() !== SPELT) return next()
    const url = new URL(c.req.url)
    url.pathname = SPELT + url.pathname.slice(SPELT.length)
    return api.fetch(new Request(url, c.req.raw), c.env)
  })
  api.post('/autodiscover/autodiscover.xml', autodiscover)
  api.get('/autodiscover/autodiscover.json', autodiscoverJson)
  api.get('/autodiscover/autodiscover.json/v1.0/:address', autodiscoverJson)

  const mobileconfig = async (c: Context<ApiEnv>) => {
    const settings = await hosted(c.req.query('email') ?? '')
    if (settings.address === undefined)
      throw new ApiError(422, 'missing_required_parameter', 'Missing `email` parameter.')
    return c.body(formatMobileconfig(settings), 200, {
      'content-type': 'application/x-apple-aspen-config; charset=utf-8',
      'content-disposition': `attachment; filename="${settings.domain}.mobileconfig"`,
    })
  }
  api.get('/apple.mobileconfig', mobileconfig)
  api.get('/.well-known/apple.mobileconfig', mobileconfig)

  api.get('/.well-known/mta-sts.txt', async (c) => {
    const policy = await mtaStsPolicy(directory, mailHost, behind(c, 'mta-sts'))
    if (policy === undefined) throw new ApiError(404, 'not_found', NOT_OURS)
    return c.body(policy, 200, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'max-age=3600' })
  })
  document(api)
}

/** The domain whose subdomain a request named as its host; one that asks without it is asked for the host itself. */
function behind(c: Context<ApiEnv>, label: string): string {
  const { hostname } = new URL(c.req.url)
  return hostname.startsWith(`${label}.`) ? hostname.slice(label.length + 1) : hostname
}

async function bodyText(c: Context<ApiEnv>): Promise<string> {
  const chunks: Uint8Array[] = []
  let octets = 0
  for await (const chunk of c.req.raw.body ?? []) {
    octets += chunk.length
    if (octets > MAX_REQUEST_OCTETS) {
      throw new ApiError(413, 'validation_error', `The request is larger than ${MAX_REQUEST_OCTETS} octets.`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function document(api: Api): void {
  const text = (type: string) => ({ content: { [type]: { schema: z.string() } } })
  const common = { tags: ['Autoconfiguration'] }
  const missing = { description: 'No verified domain here' }
  const address = (name: string) => ({ query: z.object({ [name]: z.string().optional() }) })
  const { openAPIRegistry: registry } = api
  for (const path of ['/mail/config-v1.1.xml', '/.well-known/autoconfig/mail/config-v1.1.xml']) {
    registry.registerPath({
      ...common,
      method: 'get',
      path,
      summary: 'Settings for Thunderbird and others, by address or by the host `autoconfig.<domain>`',
      request: address('emailaddress'),
      responses: { 200: { description: 'The settings', ...text('text/xml') }, 404: missing },
    })
  }
  registry.registerPath({
    ...common,
    method: 'post',
    path: '/autodiscover/autodiscover.xml',
    summary: 'Settings for Outlook',
    request: { body: { required: true, ...text('text/xml') } },
    responses: { 200: { description: 'The settings, or why there are none', ...text('text/xml') }, 404: missing },
  })
  const place = {
    200: {
      description: 'The place',
      content: { 'application/json': { schema: z.object({ Protocol: z.string(), Url: z.string() }) } },
    },
    404: missing,
  }
  const json = { ...common, method: 'get' as const, summary: 'Tells Outlook where Autodiscover is', responses: place }
  registry.registerPath({
    ...json,
    path: '/autodiscover/autodiscover.json',
    request: { query: z.object({ Email: z.string(), Protocol: z.string() }) },
  })
  registry.registerPath({
    ...json,
    path: '/autodiscover/autodiscover.json/v1.0/{address}',
    request: { params: z.object({ address: z.string() }), query: z.object({ Protocol: z.string() }) },
  })
  for (const path of ['/apple.mobileconfig', '/.well-known/apple.mobileconfig']) {
    registry.registerPath({
      ...common,
      method: 'get',
      path,
      summary: 'A profile with a mail account, for Apple’s devices',
      request: { query: z.object({ email: z.string() }) },
      responses: { 200: { description: 'The profile', ...text('application/x-apple-aspen-config') }, 404: missing },
    })
  }
  registry.registerPath({
    ...common,
    method: 'get',
    path: '/.well-known/mta-sts.txt',
    summary: 'The MTA-STS policy of the domain whose `mta-sts.<domain>` was asked (RFC 8461)',
    responses: { 200: { description: 'The policy', ...text('text/plain') }, 404: missing },
  })
}
