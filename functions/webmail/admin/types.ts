/** What the HTTP API answers (`/openapi.json`), as far as these pages read it. */
export interface DomainRecord {
  record: string
  name: string
  type: string
  ttl: string
  status: 'not_started' | 'pending' | 'verified' | 'failed'
  value: string
  priority?: number
  required: boolean
}

export interface ListedDomain {
  id: string
  name: string
  status: string
  created_at: string
  capabilities: { sending: 'enabled' | 'disabled'; receiving: 'enabled' | 'disabled' }
  tls: 'opportunistic' | 'enforced'
}

export interface Protection {
  dmarc: 'reject' | 'junk' | 'none'
  greylisting: boolean
  dnsbl: string[]
}

export interface Domain extends ListedDomain {
  records: DomainRecord[]
  protection: Protection | null
}

export interface Claim {
  name: string
  status: 'pending' | 'completed' | 'expired'
  domain_id: string
  record: { type: string; name: string; value: string }
  failure_reason: string | null
  expires_at: string
}

export interface ListedAccount {
  id: string
  address: string
}

export interface Account extends ListedAccount {
  suspended: boolean
  administrator: boolean
  quota_octets: number | null
  used_octets: number
  messages: number
  forward_to: string[]
  moved_to: string | null
  imap_without: string[]
}

export interface AppPassword {
  id: string
  name: string
  created_at: string
}

export interface Pop3Settings {
  retr_marks_seen: boolean
  dele_moves_to_trash: boolean
}

export interface Alias {
  id: string
  address: string
  targets: string[]
  forward_to: string[]
  moved_to: string | null
}

export interface ApiKey {
  id: string
  name: string
  permission: 'full_access' | 'sending_access'
  domain_id: string | null
  created_at: string
  last_used_at: string | null
}

export interface ListedWebhook {
  id: string
  endpoint: string
  events: string[] | null
  status: 'enabled' | 'disabled'
  created_at: string
  failing_since: string | null
  disabled_at: string | null
}

export interface Webhook extends ListedWebhook {
  signing_secret: string
}

export interface Attempt {
  id: string
  http_status_code: number
  response: string
  sent_at: string
  duration_ms: number
}

export interface Delivery {
  id: string
  type: string
  created_at: string
  status: 'success' | 'pending' | 'failed' | 'attempting'
  next_attempt_at: string | null
  attempts: Attempt[]
}

export type Counts = Record<string, number>

export interface Usage {
  from: string
  to: string
  prices: Prices
  totals: Counts
  tenants: {
    tenant: string
    totals: Counts
    days: { date: string; totals: Counts }[]
    accounts: { account: string | null; address: string | null; totals: Counts }[]
  }[]
}

export interface Prices {
  per_thousand_messages_in: number
  per_thousand_recipients_out: number
  per_gib_out: number
  per_thousand_api_calls: number
  per_gib_stored_month: number
}

export interface ListedEmail {
  id: string
  message_id: string
  to: string[]
  from: string
  created_at: string
  subject: string
  bcc: string[] | null
  cc: string[] | null
  reply_to: string[] | null
  last_event: string
  scheduled_at: string | null
}

export interface Email extends ListedEmail {
  html: string | null
  text: string | null
  tags: { name: string; value: string }[]
}

export interface EmailEvent {
  type: string
  created_at: string | null
  recipient: string | null
  reply: string | null
}

export interface Attachment {
  id: string
  filename: string
  content_type: string
  size: number
}

export interface LinkedAttachment extends Attachment {
  download_url: string
}

export interface Suppression {
  id: string
  email: string
  origin: 'bounce' | 'complaint' | 'manual'
  source_id: string | null
  created_at: string
}

export interface ListedCaptured {
  id: string
  created_at: string
  reverse_path: string
  recipients: string[]
  recipients_count: number
  from: string
  to: string
  subject: string
  size: number
}

export interface Captured extends ListedCaptured {
  html: string | null
  text: string | null
  headers: Record<string, string>
  attachments: Attachment[]
  download_url: string
}

export interface LoggedCall {
  id: string
  created_at: string
  endpoint: string
  method: string
  response_status: number
  user_agent: string | null
}

export type TenantLimits = Record<
  | 'storage_octets'
  | 'messages_in_per_day'
  | 'messages_in_per_month'
  | 'messages_out_per_day'
  | 'messages_out_per_month',
  number | null
>

export interface Tenant {
  id: string
  name: string
  status: 'active' | 'suspended' | 'deleting'
  created_at: string
  limits: TenantLimits
}

export interface Deletion {
  tenant: string
  name: string
  status: 'running' | 'completed'
  requested_at: string
  completed_at: string | null
  removed: Record<string, number>
  remains: { what: string; until: string | null }[]
}
