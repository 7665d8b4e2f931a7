/**
 * `npm run smoke`: one message through a deployment as a person sends and reads it, and the API's health. The environment says whose:
 * TUBEPOST_SMOKE_HOST, _USER and _PASSWORD; _API (a URL) where there is one; _SUBMISSIONS_PORT and _IMAPS_PORT where they are others than 465
 * and 993; _SELF_SIGNED=1 where the certificate is not yet in.
 */
import { randomUUID } from 'node:crypto'
import { ImapFlow } from 'imapflow'
import { createTransport } from 'nodemailer'

const ARRIVES_MS = 120_000
const LOOK_MS = 1_000

interface Deployment {
  host: string
  auth: { user: string; pass: string }
  submissionsPort: number
  imapsPort: number
  api: string | undefined
  tls: { rejectUnauthorized: boolean }
}

function readDeployment(environment: NodeJS.ProcessEnv): Deployment {
  const find = (name: string) => environment[`TUBEPOST_SMOKE_${name}`] || undefined
  const need = (name: string) => {
    const value = find(name)
    if (value === undefined) throw new Error(`TUBEPOST_SMOKE_${name} is not set`)
    return value
  }
  return {
    host: need('HOST'),
    auth: { user: need('USER'), pass: need('PASSWORD') },
    submissionsPort: Number(find('SUBMISSIONS_PORT') ?? 465),
    imapsPort: Number(find('IMAPS_PORT') ?? 993),
    api: find('API'),
    tls: { rejectUnauthorized: find('SELF_SIGNED') !== '1' },
  }
}

async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  const startedMs = performance.now()
  try {
    const result = await work()
    console.log(`ok      ${what} (${Math.round(performance.now() - startedMs)} ms)`)
    return result
  } catch (error) {
    console.log(`failed  ${what}: ${(error as Error).message}`)
    throw error
  }
}

async function send({ host, submissionsPort, auth, tls }: Deployment, subject: string): Promise<void> {
  const transport = createTransport({ host, port: submissionsPort, secure: true, auth, tls })
  try {
    await transport.sendMail({ from: auth.user, to: auth.user, subject, text: `${subject}\n` })
  } finally {
    transport.close()
  }
}

/** Looks until it is there, reads its text and takes it away again. */
async function receive({ host, imapsPort, auth, tls }: Deployment, subject: string): Promise<void> {
  const client = new ImapFlow({ host, port: imapsPort, secure: true, auth, tls, logger: false })
  await client.connect()
  try {
    const lock = await client.getMailboxLock('INBOX')
    try {
      const uid = await waitFor(client, subject)
      const message = await client.fetchOne(String(uid), { bodyParts: ['TEXT'] }, { uid: true })
      const text = message === false ? undefined : message.bodyParts?.get('text')?.toString('utf8')
      if (!text?.includes(subject)) throw new Error('its text is another')
      await client.messageDelete(String(uid), { uid: true })
    } finally {
      lock.release()
    }
  } finally {
    await client.logout()
  }
}

async function waitFor(client: ImapFlow, subject: string): Promise<number> {
  for (const deadline = Date.now() + ARRIVES_MS; Date.now() < deadline; ) {
    await client.noop()
    const found = await client.search({ header: { subject } }, { uid: true })
    if (found !== false && found?.length === 1) return found[0]!
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
  throw new Error(`nothing arrived within ${ARRIVES_MS / 1000} s`)
}

async function health(api: string): Promise<void> {
  const answer = await fetch(new URL('/health', api), { signal: AbortSignal.timeout(30_000) })
  if (!answer.ok) throw new Error(`${answer.status}`)
}

try {
  const deployment = readDeployment(process.env)
  const subject = `smoke ${randomUUID()}`
  await step('sent by submission', () => send(deployment, subject))
  await step('received, read and removed by IMAP', () => receive(deployment, subject))
  const { api } = deployment
  if (api !== undefined) await step('the API answers /health', () => health(api))
} catch (error) {
  console.error(`smoke: ${(error as Error).message}`)
  process.exitCode = 1
}
