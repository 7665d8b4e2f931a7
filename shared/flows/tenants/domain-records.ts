/** What the DNS has to say of a domain that has its mail here. */
import { type MtaStsMode, type PublicPorts, WELL_KNOWN_PORTS } from '../../settings.ts'
import type { DkimKey, RecordStatus, TenantDomain } from '../../store/domains.ts'

/** How this house is known to the world. */
export interface MailHost {
  /** Where MX records point to. */
  hostName: string
  /** SPF mechanism of who sends for us (RFC 7208 §5), `include:amazonses.com` say. */
  spf: string
  /** Where bounces come back to: the MX of the MAIL FROM domain. */
  returnPathHost: string
  /** Nobody rewrites reverse-paths on their way out: the domain itself has to say who sends for it (RFC 7208 §2.4). */
  keepsReversePaths?: true
  /** Default: the well-known ones. */
  ports?: PublicPorts
  /** Default: testing, as what is enforced and wrong keeps mail away. */
  mtaSts?: MtaStsMode
}

export interface DomainRecord {
  /** Its name among the records of the domain. */
  key:
    | 'mx'
    | 'spf'
    | 'spf-domain'
    | 'return-path'
    | 'dkim'
    | 'dkim-ed25519'
    | 'dmarc'
    | 'mta-sts'
    | 'mta-sts-host'
    | 'tls-rpt'
    | 'autoconfig'
    | 'autodiscover'
    | 'imaps'
    | 'pop3s'
    | 'submissions'
  /** What it is for. */
  record: 'Receiving' | 'SPF' | 'DKIM' | 'DMARC' | 'MTA-STS' | 'TLS-RPT' | 'Autoconfiguration'
  name: string
  type: 'MX' | 'TXT' | 'CNAME' | 'SRV'
  value: string
  priority?: number
  status: RecordStatus
  /** Without it the domain does not work; the others are good manners. */
  required: boolean
}

const MX_PRIORITY = 10
/** Of no use to a domain that does not send. */
const FOR_SENDING: ReadonlySet<DomainRecord['key']> = new Set(['spf', 'spf-domain', 'return-path'])

/** For a house that sends by itself; a relay that sends for it brings its own. */
export function mailHostOf(hostName: string): MailHost {
  return { hostName, spf: `a:${hostName}`, returnPathHost: hostName, keepsReversePaths: true }
}

/** Where SES sends for the house, and takes bounces back (SES Developer Guide, "Using a custom MAIL FROM domain"). */
export function mailHostWithSes(hostName: string, region: string): MailHost {
  return { hostName, spf: 'include:amazonses.com', returnPathHost: `feedback-smtp.${region}.amazonses.com` }
}

export function domainRecords(
  { name, id, sending, receiving, returnPath, recordStatuses }: TenantDomain,
  dkim: DkimKey,
  { hostName, spf, returnPathHost, keepsReversePaths, ports = WELL_KNOWN_PORTS, mtaSts = 'testing' }: MailHost,
  /** Where this house signs by itself: a second signature, for verifiers that know it (RFC 8463). */
  ed25519?: DkimKey,
): DomainRecord[] {
  const records: Omit<DomainRecord, 'status'>[] = [
    {
      key: 'mx',
      record: 'Receiving',
      name,
      type: 'MX',
      value: hostName,
      priority: MX_PRIORITY,
      required: receiving,
    },
    {
      key: 'spf',
      record: 'SPF',
      name: `${returnPath}.${name}`,
      type: 'TXT',
      value: `v=spf1 ${spf} ~all`,
      required: sending,
    },
    ...(keepsReversePaths
      ? [
          {
            key: 'spf-domain' as const,
            record: 'SPF' as const,
            name,
            type: 'TXT' as const,
            value: `v=spf1 ${spf} ~all`,
            required: false,
          },
        ]
      : []),
    {
      key: 'return-path',
      record: 'SPF',
      name: `${returnPath}.${name}`,
      type: 'MX',
      value: returnPathHost,
      priority: MX_PRIORITY,
      required: false,
    },
    {
      key: 'dkim',
      record: 'DKIM',
      name: `${dkim.selector}._domainkey.${name}`,
      type: 'TXT',
      value: `v=DKIM1; k=rsa; p=${dkim.publicKey}`,
      // Its key is this tenant's own, so that whoever publishes it proves that the domain is theirs.
      required: true,
    },
    ...(ed25519 === undefined
      ? []
      : [
          {
            key: 'dkim-ed25519' as const,
            record: 'DKIM' as const,
            name: `${ed25519.selector}._domainkey.${name}`,
            type: 'TXT' as const,
            value: `v=DKIM1; k=ed25519; p=${ed25519.publicKey}`,
            required: false,
          },
        ]),
    { key: 'dmarc', record: 'DMARC', name: `_dmarc.${name}`, type: 'TXT', value: 'v=DMARC1; p=none', required: false },
    {
      key: 'mta-sts',
      record: 'MTA-STS',
      name: `_mta-sts.${name}`,
      type: 'TXT',
      // RFC 8461 §3.1: up to 32 letters and digits that change with the policy.
      value: `v=STSv1; id=${mtaSts[0]}${id.replaceAll('-', '').slice(1)}`,
      required: false,
    },
    {
      key: 'mta-sts-host',
      record: 'MTA-STS',
      name: `mta-sts.${name}`,
      type: 'CNAME',
      value: hostName,
      required: false,
    },
    {
      key: 'tls-rpt',
      record: 'TLS-RPT',
      name: `_smtp._tls.${name}`,
      type: 'TXT',
      value: `v=TLSRPTv1; rua=mailto:postmaster@${name}`, // RFC 8460 §3
      required: false,
    },
    {
      key: 'autoconfig',
      record: 'Autoconfiguration',
      name: `autoconfig.${name}`,
      type: 'CNAME',
      value: hostName,
      required: false,
    },
    service('autodiscover', ports.https),
    // RFC 8314 §5.1: implicit TLS is what clients are to find first.
    service('imaps', ports.imaps),
    service('pop3s', ports.pop3s),
    service('submissions', ports.submissions),
  ]
  /** RFC 2782, RFC 6186 §3: priority is a field of its own here, as it is for MX. */
  function service(
    key: 'autodiscover' | 'imaps' | 'pop3s' | 'submissions',
    port: number,
  ): Omit<DomainRecord, 'status'> {
    const record = 'Autoconfiguration'
    return {
      key,
      record,
      name: `_${key}._tcp.${name}`,
      type: 'SRV',
      value: `1 ${port} ${hostName}`,
      priority: 0,
      required: false,
    }
  }
  return records
    .filter(({ key }) => (key === 'mx' ? receiving : FOR_SENDING.has(key) ? sending : true))
    .map((record) => ({ ...record, status: recordStatuses[record.key] ?? 'not_started' }))
}
