import { isSesSetup } from '../../shared/engines/aws/ses-setup.ts'
import { announcedNames } from '../../shared/transport/announced-names.ts'

export type WorkKind = 'arrivals' | 'outgoing' | 'feedback' | 'jobs' | 'door'

/** Which queue's work a message of the one queue is, by what it holds. Throws on what nobody here sends. */
export function workKind(body: string): WorkKind {
  if (isSesSetup(body)) return 'door'
  const said: unknown = JSON.parse(body)
  if (typeof said === 'object' && said !== null) {
    const { kind, notificationType, eventType } = said as Record<string, unknown>
    if (kind !== undefined) return 'jobs'
    if (notificationType === 'Received') return 'door'
    if (notificationType !== undefined || eventType !== undefined) return 'feedback'
    const names = announcedNames(body)
    // S3 announces one object at a time; of several, those of one prefix come together.
    if (names.every((name) => name.startsWith('outbox/')) && names.length > 0) return 'outgoing'
    if (names.every((name) => name.startsWith('raw/'))) return 'arrivals'
  }
  throw new Error('a message of the queue that is no work of ours')
}
