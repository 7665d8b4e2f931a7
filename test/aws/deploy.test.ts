/** The deployment as README has an operator make it, on the emulator: bootstrap, deploy, the first tenant by the deployed API, and one message through the functions. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { type AwsEngine, openAwsEngine } from '../../shared/engines/aws/engine.ts'
import { acceptMessage } from '../../shared/flows/arrivals/accept-message.ts'
import type { TenantId } from '../../shared/mailbox/ids.ts'
import { sourceOf } from '../../shared/ports/blob-source.ts'
import { openStore, type Store } from '../../shared/store/store.ts'
import { type Emulator, skipWithoutEmulator, startEmulator } from './ministack.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const CLI = join(ROOT, 'functions/cli/tubepost.mjs')
const ACCOUNT = '000000000000'
const TENANT = 'acme' as TenantId
/** The emulator knows no elastic IPs and no autoscaling, so the profile is the one without them. */
const CONTEXT = ['profile=small', 'hostedZoneId=Z0EXAMPLE', 'relay=capture', 'name=Deployed']
const ARRIVES_MS = 60_000

// biome-ignore lint/suspicious/noExplicitAny: what commands print differs
type Printed = Record<string, any>

interface Outputs {
  'Deployed-Mail': { Bucket: string; Table: string; OperatorSecret: string } & Record<`ApiUrl${string}`, string>
}

describe('a deployment', { skip: skipWithoutEmulator }, () => {
  const work = mkdtempSync(join(tmpdir(), 'tubepost-deploy-'))
  let emulator: Emulator
  let engine: AwsEngine
  let store: Store
  let apiUrl: string
  let operatorKey: string

  async function cdk(...args: string[]): Promise<void> {
    const { endpoint, region, credentials } = emulator
    await promisify(execFile)(join(ROOT, 'node_modules/.bin/cdk'), [...args, '--output', join(work, 'cdk.out')], {
      cwd: ROOT,
      env: {
        PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env['PATH']}`,
        HOME: work,
        AWS_ENDPOINT_URL: endpoint,
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_EC2_METADATA_DISABLED: 'true',
        CDK_DOCKER: 'true', // the command of that name: the emulator runs no containers
      },
    })
  }

  before(async () => {
    emulator = await startEmulator({ host: 'localhost' })
    const context = [...CONTEXT, `region=${emulator.region}`].flatMap((setting) => ['--context', `tubepost:${setting}`])
    await cdk('bootstrap', `aws://${ACCOUNT}/${emulator.region}`)
    const outputs = join(work, 'outputs.json')
    await cdk('deploy', '--all', '--require-approval', 'never', '--outputs-file', outputs, ...context)
    const found = (JSON.parse(readFileSync(outputs, 'utf8')) as Outputs)['Deployed-Mail']
    const { Bucket, Table, OperatorSecret } = found
    const url = Object.entries(found).find(([name]) => name.startsWith('ApiUrl'))![1]
    // On AWS a name of its own; the emulator answers for all of them at one address.
    apiUrl = `${emulator.endpoint}/_aws/execute-api/${/\/\/([^.]+)\./.exec(url)![1]}/$default`
    operatorKey = await secretText(OperatorSecret)
    const { endpoint, region, credentials } = emulator
    engine = openAwsEngine({ endpoint, region, credentials, tableName: Table, bucket: Bucket })
    store = openStore(engine)
  })

  after(async () => {
    await engine?.close()
    await emulator?.stop()
    rmSync(work, { recursive: true, force: true })
  })

  async function secretText(SecretId: string): Promise<string> {
    const { endpoint, region, credentials } = emulator
    const client = new SecretsManagerClient({ endpoint, region, credentials })
    try {
      return (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString!
    } finally {
      client.destroy()
    }
  }

  /** `npx tubepost …` against the deployment; what it prints for programs. */
  async function tubepost(key: string, ...args: string[]): Promise<Printed> {
    const { stdout } = await promisify(execFile)(process.execPath, [CLI, ...args, '--json'], {
      env: { TUBEPOST_URL: apiUrl, TUBEPOST_KEY: key },
    })
    return JSON.parse(stdout)
  }

  /** What a browser does, up to the list of mailboxes. */
  async function readsByWebmail(email: string, password: string): Promise<void> {
    const page = await fetch(`${apiUrl}/`, { headers: { 'accept-encoding': 'br' } })
    assert.match(await page.text(), /<div id="app">/)
    const json = { 'content-type': 'application/json' }
    const signedIn = await fetch(`${apiUrl}/auth/sign-in`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ email, password }),
    })
    assert.equal(signedIn.status, 200)
    const cookie = signedIn.headers.getSetCookie()[0]!.split(';')[0]!
    const session = (await (await fetch(`${apiUrl}/jmap/session`, { headers: { cookie } })).json()) as Printed
    assert.match(session['apiUrl'], /\/jmap\/api$/)
    // What has to be waited for is the mail host's.
    assert.match(session['eventSourceUrl'], /^https:\/\/mail\.example\.com\/jmap\/eventsource\?/)
    const webSocket = session['capabilities']['urn:ietf:params:jmap:websocket']
    assert.equal(webSocket.url, 'wss://mail.example.com/jmap/ws')
    const accountId = session['primaryAccounts']['urn:ietf:params:jmap:mail']
    const asked = await fetch(`${apiUrl}/jmap/api`, {
      method: 'POST',
      headers: { ...json, cookie },
      body: JSON.stringify({
        using: ['urn:ietf:params:jmap:core', 'urn:ietf:params:jmap:mail'],
        methodCalls: [['Mailbox/get', { accountId, ids: null, properties: ['name', 'role', 'totalEmails'] }, 'a']],
      }),
    })
    const { methodResponses } = (await asked.json()) as Printed
    const [name, { list }] = methodResponses[0]
    assert.equal(name, 'Mailbox/get')
    assert.equal(list.find(({ role }: Printed) => role === 'inbox').totalEmails, 1)
  }

  test('the API answers, and refuses who has no key', async () => {
    assert.deepEqual(await (await fetch(`${apiUrl}/health`)).json(), { status: 'ok' })
    assert.equal((await fetch(`${apiUrl}/domains`)).status, 401)
    await assert.rejects(tubepost('re_nobody', 'tenant', 'list'), /invalid|key/i)
  })

  test('tenant, domain and account by the deployed API; a message that was accepted shows up there', async () => {
    const address = { localPart: 'alice', domain: 'demo.test' }
    const tenant = await tubepost(operatorKey, 'tenant', 'add', TENANT)
    const key = tenant['api_key'].token
    await tubepost(operatorKey, 'domain', 'add', address.domain, '--verified', '--tenant', TENANT)
    const { password } = await tubepost(key, 'account', 'add', `${address.localPart}@${address.domain}`)
    const account = (await store.directory.accountAt(address))!
    const own = store.tenant(TENANT)
    const inbox = await own.mailboxes.mailbox(account, ['INBOX'])

    const text = 'From: carol@example.net\r\nTo: alice@demo.test\r\nSubject: Through the functions\r\n\r\nHello.\r\n'
    await acceptMessage(
      store,
      {
        reversePath: 'carol@example.net',
        recipients: [{ address: 'alice@demo.test', accounts: [account], tenant: TENANT }],
        body: '7BIT',
        smtputf8: false,
        client: {
          helo: 'client.example.net',
          remoteAddress: '192.0.2.1',
          hostName: 'mail.example.com',
          protocol: 'ESMTP',
        },
      },
      sourceOf(Buffer.from(text)),
    )

    const deadline = Date.now() + ARRIVES_MS
    let messages = 0
    while (messages === 0) {
      assert.ok(Date.now() < deadline, `nothing arrived within ${ARRIVES_MS} ms`)
      await new Promise((resolve) => setTimeout(resolve, 250))
      messages = (await own.journal.newest(inbox)).totals.exists
    }
    assert.equal(messages, 1)
    const received = await fetch(`${apiUrl}/emails/receiving`, { headers: { authorization: `Bearer ${key}` } })
    const { data } = (await received.json()) as { data: { subject: string; to: string[] }[] }
    assert.deepEqual(
      data.map(({ subject, to }) => [subject, to]),
      [['Through the functions', ['alice@demo.test']]],
    )
    await readsByWebmail('alice@demo.test', password)
  })
})
