/** The thread that checks senders: octets and look-ups come from the process, verdicts go to it. */
import { isIP } from 'node:net'
import { Readable } from 'node:stream'
import { parentPort } from 'node:worker_threads'
import { arc, type DKIMVerifyResult, type DMARCResult, dkimVerify, dmarc, spf } from 'mailauth'
import type { DnsType } from '../../ports/dns.ts'
import type { DkimResult, DmarcResult, SenderClaims, SenderVerdict, SpfResult } from '../../ports/sender-check.ts'
import type { Answer, FromThread, Phase, ToThread } from './sender-check-messages.ts'

interface Job {
  chunk?: (octets: Uint8Array | undefined) => void
  questions: Map<number, (answer: Answer) => void>
  asked: Record<Phase, number>
  nextQuestion: number
  /** Names that no server answered for. */
  unanswered: Set<string>
  /** SPF lacks an answer, and not because its time was over. */
  spfUnanswered: boolean
}

/** Look-ups that each phase may cause; SPF has its own ten terms, each of which may take more than one (RFC 7208 §4.6.4). */
const MOST_QUESTIONS = 40
const TYPES: ReadonlySet<string> = new Set<DnsType>(['A', 'AAAA', 'MX', 'TXT', 'CNAME', 'PTR', 'NS', 'TLSA'])

const port = parentPort!
const jobs = new Map<number, Job>()

port.on('message', (message: ToThread) => {
  if (message.kind === 'check') {
    void check(message.job, message.claims, message.hostName)
    return
  }
  const job = jobs.get(message.job)
  if (job === undefined) return
  if (message.kind === 'chunk') job.chunk?.(message.octets)
  else if (message.kind === 'end') job.chunk?.(undefined)
  else if (message.kind === 'answer') {
    job.questions.get(message.question)?.(message.answer)
    job.questions.delete(message.question)
  } else {
    // Whatever it waits for has come to nothing, so that it ends.
    jobs.delete(message.job)
    job.chunk?.(undefined)
    for (const answer of job.questions.values()) answer('over')
  }
})

function send(message: FromThread): void {
  port.postMessage(message)
}

async function check(id: number, claims: SenderClaims, hostName: string): Promise<void> {
  const job: Job = {
    questions: new Map(),
    asked: { dkim: 0, spf: 0, arc: 0, dmarc: 0 },
    nextQuestion: 0,
    unanswered: new Set(),
    spfUnanswered: false,
  }
  jobs.set(id, job)
  try {
    const verdict = await evaluate(id, job, claims, hostName)
    if (jobs.has(id)) send({ kind: 'verdict', job: id, verdict })
  } catch (error) {
    send({ kind: 'failed', job: id, reason: (error as Error).stack ?? String(error) })
  } finally {
    jobs.delete(id)
  }
}

/** Each check by itself, as `authenticate` of the library would give them one resolver and so one time for look-ups. */
async function evaluate(id: number, job: Job, claims: SenderClaims, hostName: string): Promise<SenderVerdict> {
  const resolver = (phase: Phase) => (name: string, type: string) => ask(id, job, phase, name, type)
  const { remoteAddress: ip, reversePath: sender } = claims
  const helo = claims.helo === '' || isIP(claims.helo) ? `[${claims.helo || ip}]` : claims.helo
  const content = Readable.from(pull(id, job), { objectMode: false })
  const [dkim, spfResult] = await Promise.all([
    dkimVerify(content, { resolver: resolver('dkim'), strict: true }),
    spf({ sender, ip, helo, mta: hostName, resolver: resolver('spf'), strict: true }),
  ])
  const arcResult = await arc(dkim.arc as Parameters<typeof arc>[0], { resolver: resolver('arc'), strict: true })
  const signatures = dkim.results.filter(({ status }) => status.result !== 'none')
  const dmarcResult = await dmarc({
    headerFrom: dkim.headerFrom,
    fromFields: dkim.fromFields,
    spfDomains: spfResult.status.result === 'pass' ? [spfResult.domain] : [],
    dkimDomains: signatures
      .filter(({ status }) => status.result === 'pass')
      .map(({ id = '', signingDomain = '', status }) => ({ id, domain: signingDomain, ...status })),
    arcResult,
    resolver: resolver('dmarc'),
    strict: true,
  } as Parameters<typeof dmarc>[0])
  const chainHolds = arcResult.status.result === 'pass'
  const sealer = chainHolds ? sealerOf(dkim) : undefined
  return {
    spf: { result: spfResult.status.result as SpfResult },
    dkim: signatures.map(({ status, signingDomain = '', selector = '', signature = '' }) => ({
      result: status.result as DkimResult,
      domain: signingDomain,
      selector,
      signature: signature.slice(0, 8),
    })),
    dmarc: dmarcOf(job, dmarcResult, dkim, spfResult.domain),
    arc: {
      result: chainHolds ? 'pass' : arcResult.status.result === 'fail' ? 'fail' : 'none',
      ...(sealer !== undefined && { sealer }),
    },
  }
}

async function* pull(id: number, job: Job): AsyncGenerator<Uint8Array> {
  for (;;) {
    if (!jobs.has(id)) return
    const octets = await new Promise<Uint8Array | undefined>((resolve) => {
      job.chunk = resolve
      send({ kind: 'pull', job: id })
    })
    if (octets === undefined) return
    yield octets
  }
}

/** In the shape and with the error codes of node:dns, which is what the library reads. */
async function ask(id: number, job: Job, phase: Phase, name: string, type: string): Promise<string[][] | string[]> {
  if (!TYPES.has(type)) throw dnsError('ENODATA', name)
  if (job.asked[phase]++ >= MOST_QUESTIONS || !jobs.has(id)) throw dnsError('ETIMEOUT', name)
  const question = job.nextQuestion++
  const answer = await new Promise<Answer>((resolve) => {
    job.questions.set(question, resolve)
    send({ kind: 'question', job: id, question, phase, name, type: type as DnsType })
  })
  if (answer === 'no-answer') {
    job.unanswered.add(name.toLowerCase())
    if (phase === 'spf') job.spfUnanswered = true
  }
  if (typeof answer === 'string') throw dnsError('ETIMEOUT', name)
  if (answer.length === 0) throw dnsError('ENODATA', name)
  if (type === 'TXT') return answer.map((record) => [record])
  if (type !== 'MX') return answer
  return answer.map((record) => {
    const [priority, exchange = ''] = record.split(' ')
    return { priority: Number(priority), exchange }
  }) as unknown as string[]
}

function dnsError(code: string, name: string): Error {
  return Object.assign(new Error(`${code} ${name}`), { code })
}

function dmarcOf(
  job: Job,
  dmarc: DMARCResult | false,
  { fromFields, results }: DKIMVerifyResult,
  spfDomain: string,
): SenderVerdict['dmarc'] {
  // Without one author domain there is nothing to evaluate, and with several that is suspicious (RFC 9989 §5.3.1, §11.5).
  if (dmarc === false) return { result: fromFields === 0 ? 'none' : 'permerror' }
  const from = typeof dmarc.status.header?.from === 'string' ? dmarc.status.header.from : undefined
  const policy = dmarc.policy as SenderVerdict['dmarc']['policy']
  // What might have passed with an answer has not failed. What took too long in all has: that the sender can arrange.
  const undecided =
    from !== undefined &&
    ((job.spfUnanswered && mayAlign(spfDomain, from)) ||
      results.some(
        ({ selector = '', signingDomain = '' }) =>
          job.unanswered.has(`${selector}._domainkey.${signingDomain}`.toLowerCase()) && mayAlign(signingDomain, from),
      ))
  const result = dmarc.status.result as DmarcResult
  return {
    result: result === 'fail' && undecided ? 'temperror' : result,
    ...(from !== undefined && { from }),
    ...(policy !== undefined && { policy }),
  }
}

/** One is the other, or above it. */
function mayAlign(one: string, other: string): boolean {
  const [a, b] = [`.${one.toLowerCase()}`, `.${other.toLowerCase()}`]
  return a.endsWith(b) || b.endsWith(a)
}

function sealerOf({ arc }: DKIMVerifyResult): string | undefined {
  const domain = arc?.lastEntry?.['arc-seal']?.parsed?.d?.value
  return typeof domain === 'string' ? domain.toLowerCase() : undefined
}
