import { createTransport } from 'nodemailer'
import type { ServerProcess } from '../server-process.ts'

export interface Mail {
  from?: string
  to?: string
  subject: string
  text?: string
  html?: string
  messageId?: string
  inReplyTo?: string
  headers?: Record<string, string>
  attachments?: { filename: string; content: string | Buffer; contentType?: string; cid?: string }[]
}

/** By SMTP, as the world does; answers when all of it was taken. */
export async function deliver(server: ServerProcess, mails: readonly Mail[]): Promise<void> {
  const transport = createTransport({
    host: '127.0.0.1',
    port: server.ports['smtp']!,
    pool: true,
    maxConnections: 4,
    ignoreTLS: true,
  })
  try {
    await Promise.all(
      mails.map((mail) =>
        transport.sendMail({ from: 'Carla Sender <carla@example.net>', to: 'alice@demo.test', ...mail }),
      ),
    )
  } finally {
    transport.close()
  }
}
