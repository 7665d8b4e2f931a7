/** What a first start has to show: a tenant, two people, a few messages (DESIGN §6). */
import { appendMessages } from '../../shared/flows/mailboxes/append-messages.ts'
import { NO_FLAGS } from '../../shared/mailbox/flags.ts'
import type { TenantId } from '../../shared/mailbox/ids.ts'
import { sourceOf } from '../../shared/ports/blob-source.ts'
import type { Limits } from '../../shared/settings.ts'
import type { Store } from '../../shared/store/store.ts'

export const DEMO_TENANT = 'demo' as TenantId
export const DEMO_DOMAIN = 'demo.test'
export const DEMO_PASSWORD = 'tubepost-demo'
export const DEMO_PEOPLE = ['alice', 'bob'] as const

const MESSAGES = [
  {
    from: 'Tubepost <hello@demo.test>',
    subject: 'Welcome to Tubepost',
    text: 'This mailbox lives in the data folder of one process.\r\nSend to alice@demo.test with any SMTP client on port 2525, and read here.\r\n',
  },
  {
    from: 'Bob <bob@demo.test>',
    subject: 'Lunch on Friday?',
    text: 'The place by the river has a table for two at noon.\r\n\r\nBob\r\n',
  },
  {
    from: 'Bob <bob@demo.test>',
    subject: 'Grüße aus Köln',
    text: 'Viele Grüße – und bis bald!\r\n',
  },
]

/** Seeds what is missing of the demonstration; a start that was cut off goes on where it was. */
export async function seedDemo(store: Store, limits: Limits): Promise<void> {
  const { directory, tenants } = store
  for await (const tenant of tenants.ids()) if (tenant !== DEMO_TENANT) return // the folder has come into use
  const known = await tenants.get(DEMO_TENANT)
  if (known === undefined) await tenants.create(DEMO_TENANT, 'Demonstration', { demonstration: true })
  else if (!known.demonstration) return
  if ((await directory.domain(DEMO_DOMAIN)) === undefined) {
    await directory.addDomain(DEMO_TENANT, DEMO_DOMAIN, { verified: true })
  }
  for (const localPart of DEMO_PEOPLE) {
    const address = { localPart, domain: DEMO_DOMAIN }
    if ((await directory.accountAt(address)) !== undefined) continue
    const account = await directory.createAccount(DEMO_TENANT, address, DEMO_PASSWORD, {
      demonstration: true,
      administrator: localPart === 'alice',
    })
    const own = store.tenant(DEMO_TENANT)
    const inbox = await own.mailboxes.mailbox(account, ['INBOX'])
    const messages = MESSAGES.filter(({ from }) => !from.includes(`<${localPart}@`)).map((message, index) => ({
      source: sourceOf(compose(message, `${localPart}@${DEMO_DOMAIN}`, index, store.engine.clock.now())),
      flags: NO_FLAGS,
    }))
    await appendMessages(own, inbox, messages, limits)
  }
}

function compose(
  { from, subject, text }: (typeof MESSAGES)[number],
  to: string,
  index: number,
  nowMs: number,
): Uint8Array {
  const date = new Date(nowMs).toUTCString().replace('GMT', '+0000')
  const encoded = /[^ -~]/.test(subject) ? `=?utf-8?B?${Buffer.from(subject).toString('base64')}?=` : subject
  return Buffer.from(
    `From: ${from}\r\nTo: ${to}\r\nSubject: ${encoded}\r\nDate: ${date}\r\nMessage-ID: <welcome-${index}-${to}>\r\n` +
      `MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${text}`,
  )
}
