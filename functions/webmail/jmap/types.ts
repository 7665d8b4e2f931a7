/** JMAP's objects, as much of them as is used here (RFC 8620, 8621). */

export interface Session {
  capabilities: Record<string, Record<string, unknown>>
  accounts: Record<string, { name: string; accountCapabilities: Record<string, Record<string, unknown>> }>
  primaryAccounts: Record<string, string>
  username: string
  apiUrl: string
  downloadUrl: string
  uploadUrl: string
  eventSourceUrl: string
  state: string
}

export type Role = 'inbox' | 'archive' | 'drafts' | 'sent' | 'trash' | 'junk' | 'flagged' | 'important' | 'all'

export interface Mailbox {
  id: string
  name: string
  parentId: string | null
  role: Role | null
  sortOrder: number
  totalEmails: number
  unreadEmails: number
  totalThreads: number
  unreadThreads: number
  myRights: Record<string, boolean>
  isSubscribed: boolean
}

export interface EmailAddress {
  name: string | null
  email: string
}

export interface BodyPart {
  partId: string | null
  blobId: string | null
  size: number
  name: string | null
  type: string
  charset: string | null
  disposition: string | null
  cid: string | null
}

export interface BodyValue {
  value: string
  isEncodingProblem: boolean
  isTruncated: boolean
}

/** What a list shows of an email. */
export interface EmailSummary {
  id: string
  threadId: string
  mailboxIds: Record<string, boolean>
  keywords: Record<string, boolean>
  receivedAt: string
  from: EmailAddress[] | null
  to: EmailAddress[] | null
  subject: string | null
  preview: string
  hasAttachment: boolean
  size: number
}

export interface Email extends EmailSummary {
  blobId: string
  sentAt: string | null
  messageId: string[] | null
  inReplyTo: string[] | null
  references: string[] | null
  sender: EmailAddress[] | null
  cc: EmailAddress[] | null
  bcc: EmailAddress[] | null
  replyTo: EmailAddress[] | null
  textBody: BodyPart[]
  htmlBody: BodyPart[]
  attachments: BodyPart[]
  bodyValues: Record<string, BodyValue>
  'header:List-Id:asText'?: string | null
}

export interface Identity {
  id: string
  name: string
  email: string
  replyTo: EmailAddress[] | null
  bcc: EmailAddress[] | null
  textSignature: string
  htmlSignature: string
  mayDelete: boolean
}

/** RFC 8620 §5.3 */
export interface SetError {
  type: string
  description?: string | null
  properties?: string[]
}

export interface SetResponse {
  oldState: string | null
  newState: string
  created?: Record<string, { id: string } & Record<string, unknown>> | null
  updated?: Record<string, unknown> | null
  destroyed?: string[] | null
  notCreated?: Record<string, SetError> | null
  notUpdated?: Record<string, SetError> | null
  notDestroyed?: Record<string, SetError> | null
}

export interface GetResponse<T> {
  state: string
  list: T[]
  notFound: string[]
}

export interface QueryResponse {
  queryState: string
  canCalculateChanges: boolean
  position: number
  ids: string[]
  total?: number
}

export interface ChangesResponse {
  oldState: string
  newState: string
  hasMoreChanges: boolean
  created: string[]
  updated: string[]
  destroyed: string[]
}

export interface FilterCondition {
  inMailbox?: string
  inMailboxOtherThan?: string[]
  before?: string
  after?: string
  minSize?: number
  maxSize?: number
  hasKeyword?: string
  notKeyword?: string
  someInThreadHaveKeyword?: string
  hasAttachment?: boolean
  text?: string
  from?: string
  to?: string
  cc?: string
  bcc?: string
  subject?: string
  body?: string
}

export type Filter = FilterCondition | { operator: 'AND' | 'OR' | 'NOT'; conditions: Filter[] }

export const CORE = 'urn:ietf:params:jmap:core'
export const MAIL = 'urn:ietf:params:jmap:mail'
export const SUBMISSION = 'urn:ietf:params:jmap:submission'
