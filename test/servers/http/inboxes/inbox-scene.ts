/** An account that programs use by the official SDK and people by IMAP, and what its tests ask of both. */
import assert from 'node:assert/strict'
import type { ImapFlow } from 'imapflow'
import { type ParsedMail, simpleParser } from 'mailparser'
import { type InboxThread, Resend } from 'resend'
import { readWhole } from '../../../../shared/ports/blob-source.ts'
import { arrive, settleQueues } from '../../../house.ts'
import { type InboxHouse, openInboxHouse } from '../inbox-house.ts'

export const ALICE = { emailAddress: 'alice@demo.test' } as const

export interface InboxScene {
  readonly house: InboxHouse
  readonly resend: Resend
  readonly imap: ImapFlow
  /** Comes in to Alice a second later. */
  receive(octets: Uint8Array): Promise<void>
  /** In whichever folder it is. */
  threadOf(subject: string): Promise<InboxThread>
  /** Messages of a mailbox as IMAP shows them. */
  envelopes(mailbox: string): Promise<{ subject: string | undefined; flags: string[]; uid: number }[]>
  /** An email as it left the house. */
  captured(id: string): Promise<ParsedMail>
  close(): Promise<void>
}

export async function openInboxScene(): Promise<InboxScene> {
  const house = await openInboxHouse()
  const resend = new Resend(house.key, { baseUrl: house.url })
  const imap = await house.imap()
  return {
    house,
    resend,
    imap,
    async receive(octets) {
      house.clock.advance(1000)
      await arrive(house, [house.alice], octets)
      await settleQueues(house)
    },
    async threadOf(subject) {
      const { data } = ok(
        await resend.inboxes.threads.list({
          ...ALICE,
          folders: ['inbox', 'archive', 'spam', 'trash', 'sent'],
          limit: 100,
        }),
      )
      const thread = data.find((one) => one.subject === subject)
      assert.ok(thread, `no thread ${subject}`)
      return thread
    },
    async envelopes(mailbox) {
      const lock = await imap.getMailboxLock(mailbox)
      try {
        await imap.noop()
        const status = await imap.status(mailbox, { messages: true })
        if (status === false || status.messages === 0) return []
        return (await imap.fetchAll('1:*', { envelope: true, flags: true, uid: true })).map(
          ({ envelope, flags, uid }) => ({
            subject: envelope?.subject,
            flags: [...(flags ?? [])].filter((flag) => flag !== '\\Recent').sort(),
            uid,
          }),
        )
      } finally {
        lock.release()
      }
    },
    async captured(id) {
      await settleQueues(house)
      const octets = await readWhole(house.engine.blobs, `captured/demo/${id}`)
      assert.ok(octets, 'nothing left the house')
      return simpleParser(Buffer.from(octets))
    },
    close: () => house.close(),
  }
}

export function ok<T>({ data, error }: { data: T | null; error: unknown }): T {
  assert.equal(error, null)
  return data as T
}

/** A message as somebody outside writes it. */
export function letter(id: string, subject: string, { refs = '', more = '', text = 'Hello.' } = {}): Uint8Array {
  const fields = [
    'From: Ann <ann@example.net>',
    'To: alice@demo.test, "Roe, Jane" <jane@example.org>',
    'Cc: bob@demo.test',
    `Subject: ${subject}`,
    `Message-ID: <${id}@example.net>`,
    ...(refs === '' ? [] : [`In-Reply-To: <${refs}>`, `References: <${refs}>`]),
    more,
  ].filter((field) => field !== '')
  return Buffer.from(`${fields.join('\r\n')}\r\n\r\n${text}\r\n`)
}

/** Two messages of one conversation, and one with a file. */
export const REFUND = [
  letter('one', 'Refund'),
  letter('two', 'Re: Refund', { refs: 'one@example.net', text: 'Any news?' }),
]
export const BILL = letter('three', 'Bill', {
  more: ['MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary=b'].join('\r\n'),
  text: [
    '--b',
    'Content-Type: text/plain',
    '',
    'see the file',
    '--b',
    'Content-Type: application/pdf; name=bill.pdf',
    'Content-Disposition: attachment; filename=bill.pdf',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from('%PDF-bill').toString('base64'),
    '--b--',
  ].join('\r\n'),
})
