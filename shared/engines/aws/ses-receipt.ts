/** What SES publishes of a message that a receipt rule took in (SES Developer Guide, "Contents of notifications for email receiving"). */
import type { ResultInfo } from '../../codec/mime/authentication-results.ts'
import type { DoorNotice } from '../../ports/door.ts'
import { DOOR_PREFIX } from './door.ts'
import { isSesSetup } from './ses-setup.ts'

type Json = Record<string, unknown>

/** Undefined for what tells of no message. Throws on anything else. */
export function parseSesReceipt(body: string): DoorNotice | undefined {
  if (isSesSetup(body)) return undefined
  const notice: unknown = JSON.parse(body)
  const { notificationType, mail, receipt } = isJson(notice) ? notice : {}
  if (notificationType !== 'Received' || !isJson(mail) || !isJson(receipt)) throw new Error('no receipt of SES')
  const action = isJson(receipt['action']) ? receipt['action'] : {}
  const name = action['objectKey']
  const { messageId, timestamp, source } = mail
  const receivedAt = Date.parse(String(timestamp))
  if (typeof name !== 'string' || !name.startsWith(DOOR_PREFIX)) throw new Error('a receipt of SES without an object')
  if (typeof messageId !== 'string' || Number.isNaN(receivedAt)) throw new Error('a receipt of SES without an id')
  const recipients = receipt['recipients']
  const reversePath = typeof source === 'string' ? source.replace(/^<(.*)>$/, '$1') : ''
  return {
    name,
    id: messageId,
    receivedAt,
    reversePath,
    recipients: Array.isArray(recipients) ? recipients.filter((each) => typeof each === 'string') : [],
    results: resultsOf(receipt, reversePath),
    unwanted: isUnwanted(receipt),
  }
}

/** SES says no domains, only verdicts (RFC 8601 §2.7). */
const METHODS = [
  ['spf', 'spfVerdict'],
  ['dkim', 'dkimVerdict'],
  ['dmarc', 'dmarcVerdict'],
] as const

const RESULTS: Readonly<Record<string, string>> = {
  PASS: 'pass',
  FAIL: 'fail',
  GRAY: 'none', // no record, no signature, no policy
  PROCESSING_FAILED: 'temperror',
}

function resultsOf(receipt: Json, reversePath: string): ResultInfo[] {
  return METHODS.flatMap(([method, verdict]) => {
    const result = RESULTS[statusOf(receipt, verdict)]
    if (result === undefined) return [] // DISABLED, and what SES may yet come to say
    const properties = method === 'spf' && reversePath !== '' ? ([['smtp.mailfrom', reversePath]] as const) : []
    return [{ method, result, properties }]
  })
}

/** SES has told the sender 250, so that none of this can be refused any more. */
function isUnwanted(receipt: Json): boolean {
  if (statusOf(receipt, 'spamVerdict') === 'FAIL' || statusOf(receipt, 'virusVerdict') === 'FAIL') return true
  const policy = String(receipt['dmarcPolicy']).toLowerCase()
  return statusOf(receipt, 'dmarcVerdict') === 'FAIL' && (policy === 'quarantine' || policy === 'reject')
}

function statusOf(receipt: Json, verdict: string): string {
  const value = receipt[verdict]
  return isJson(value) ? String(value['status']) : ''
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
