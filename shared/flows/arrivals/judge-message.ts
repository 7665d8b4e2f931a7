import { formatAuthenticationResults, type ResultInfo } from '../../codec/mime/authentication-results.ts'
import { log } from '../../log.ts'
import type { TenantId } from '../../mailbox/ids.ts'
import type { DmarcAction } from '../../mailbox/protection.ts'
import type { BlobSource } from '../../ports/blobs.ts'
import type { ScanVerdict } from '../../ports/scanner.ts'
import type { SenderClaims, SenderVerdict } from '../../ports/sender-check.ts'
import type { Denial, Guard } from './guard.ts'

export interface MessageToJudge {
  source: BlobSource
  claims: SenderClaims
  /** Ours, by name: who speaks in Authentication-Results. */
  hostName: string
  recipients: readonly RecipientToJudge[]
}

export interface RecipientToJudge {
  address: string
  tenant: TenantId
  /** What the tenant does with what fails. */
  dmarc: DmarcAction
  /** The address has no mailbox here. */
  onlyForwards: boolean
}

export interface Judgement {
  /** Of the whole message: nobody gets it. */
  denial?: Denial
  /** For the trace block, each with its CR LF; the same for all recipients. */
  traceFields: readonly string[]
  /** Tenants whose copies go to Junk. */
  junk: ReadonlySet<TenantId>
}

/**
 * What becomes of a message whose octets have all come. A message has one answer, so where tenants differ the strictest decides whether it is
 * refused: none gets what it wants refused, and the sender reads of it. Into Junk it goes for each tenant by its own wish. What could not be
 * found out counts for nothing: no server that is silent loses mail.
 */
export async function judgeMessage(guard: Guard, message: MessageToJudge): Promise<Judgement> {
  const { senderCheck } = guard
  const [verdict, scanned] = await Promise.all([
    senderCheck?.check(message.source, message.claims),
    scan(guard, message),
  ])
  const traceFields = [
    ...(verdict === undefined ? [] : [resultsField(message, verdict)]),
    ...(scanned === undefined ? [] : scanFields(scanned)),
  ]
  const wish = verdict === undefined ? 'none' : wishOf(guard, verdict)
  const actions = new Map(message.recipients.map(({ tenant, dmarc }) => [tenant, actionOf(wish, dmarc)]))
  const junk = new Set([...actions].filter(([, action]) => action !== 'none').map(([tenant]) => tenant))
  if (scanned?.action === 'junk') for (const { tenant } of message.recipients) junk.add(tenant)
  const isRefused = [...actions.values()].includes('reject') || leadsNowhere(verdict, message)
  const denial = isRefused ? 'not-authentic' : scanDenial(scanned)
  if (denial !== undefined || junk.size > 0) {
    const { remoteAddress, reversePath } = message.claims
    const { spf, dmarc } = verdict ?? {}
    log.info(denial === undefined ? 'message-to-junk' : 'message-refused', {
      remoteAddress,
      reversePath,
      denial,
      spf: spf?.result,
      dmarc: dmarc?.result,
      from: dmarc?.from,
      score: scanned?.score,
    })
  }
  return { ...(denial !== undefined && { denial }), traceFields, junk }
}

/** What the author's domain wants done (RFC 9989 §5.4). */
function wishOf({ trustedSealers }: Guard, { dmarc, arc }: SenderVerdict): 'none' | 'quarantine' | 'reject' {
  // Nobody can tell whose word it is, and a reader would believe one of them (RFC 9989 §11.5).
  if (dmarc.result === 'permerror') return 'quarantine'
  if (dmarc.result !== 'fail') return 'none'
  // A forwarder that we trust saw it whole (RFC 8617 §7.2).
  if (arc.sealer !== undefined && trustedSealers.has(arc.sealer)) return 'none'
  return dmarc.policy ?? 'none'
}

/** What fails is not forwarded (DESIGN §4): who would get nothing else is better told now than by a report, or by nobody. */
function leadsNowhere(verdict: SenderVerdict | undefined, { recipients }: MessageToJudge): boolean {
  return verdict?.dmarc.result === 'fail' && recipients.every(({ onlyForwards }) => onlyForwards)
}

function actionOf(wish: 'none' | 'quarantine' | 'reject', tenants: DmarcAction): DmarcAction {
  if (tenants === 'none' || wish === 'none') return 'none'
  return wish === 'reject' ? tenants : 'junk'
}

async function scan(
  { scanner }: Guard,
  { source, claims, hostName, recipients }: MessageToJudge,
): Promise<ScanVerdict | undefined> {
  if (scanner === undefined) return undefined
  try {
    return await scanner.scan(source, { ...claims, hostName, recipients: recipients.map(({ address }) => address) })
  } catch (error) {
    log.error('scan-failed', { error: error as Error })
    return undefined
  }
}

function scanDenial(scanned: ScanVerdict | undefined): Denial | undefined {
  if (scanned?.action === 'reject') return 'unwanted'
  return scanned?.action === 'put-off' ? 'put-off' : undefined
}

/** As SpamAssassin names them, which clients read. */
function scanFields({ action, score, required }: ScanVerdict): string[] {
  const isSpam = action === 'junk' || action === 'reject'
  const status = `X-Spam-Status: ${isSpam ? 'Yes' : 'No'}, score=${score.toFixed(2)} required=${required.toFixed(2)}\r\n`
  return isSpam ? ['X-Spam-Flag: YES\r\n', status] : [status]
}

function resultsField({ claims, hostName }: MessageToJudge, { spf, dkim, dmarc, arc }: SenderVerdict): string {
  const identity = claims.reversePath === '' ? ['smtp.helo', claims.helo] : ['smtp.mailfrom', claims.reversePath]
  const results: ResultInfo[] = [{ method: 'spf', result: spf.result, properties: [identity as [string, string]] }]
  for (const { result, domain, selector, signature } of dkim) {
    const properties = [
      ['header.d', domain],
      ['header.s', selector],
      ['header.b', signature], // tells two signatures of one domain from each other (RFC 6008)
    ] as const
    results.push({ method: 'dkim', result, properties: properties.filter(([, value]) => value !== '') })
  }
  if (dkim.length === 0) results.push({ method: 'dkim', result: 'none', properties: [] })
  const policy = dmarc.policy === undefined ? [] : ([['policy.dmarc', dmarc.policy]] as const)
  const from = dmarc.from === undefined ? [] : ([['header.from', dmarc.from]] as const)
  results.push({ method: 'dmarc', result: dmarc.result, properties: [...from, ...policy] })
  const sealer = arc.sealer === undefined ? [] : ([['header.d', arc.sealer]] as const)
  results.push({ method: 'arc', result: arc.result, properties: sealer })
  return formatAuthenticationResults(hostName, results)
}
