import type { Limits } from '../../settings.ts'
import type { Account } from '../../store/accounts.ts'
import type { LoginLimits } from '../../store/login-throttle.ts'
import type { SessionLimits } from '../../store/sessions.ts'
import type { Store, TenantStore } from '../../store/store.ts'
import type { AccountMail } from './account-mail.ts'

/** What the JMAP server is given. */
export interface JmapServices {
  store: Store
  limits: JmapLimits
  /** How we name ourselves to other servers, and in the ids that we make. */
  hostName: string
  /** Clients can reach us by WebSocket, too. Absent: no. */
  webSockets?: true
  /** Of push and WebSocket, where they are not at the origin of the rest. */
  pushOrigin?: string
}

export type JmapLimits = Pick<
  Limits,
  | 'messageOctets'
  | 'recipients'
  | 'spoolMemoryOctets'
  | 'mimeLevels'
  | 'mimeParts'
  | 'jmapCallsInRequest'
  | 'jmapObjectsInGet'
  | 'jmapObjectsInSet'
  | 'jmapRequestOctets'
  | 'jmapConcurrentRequests'
  | 'jmapConcurrentUploads'
  | 'jmapUploadsOctets'
  | 'jmapIndexMessages'
  | 'recipientsPerAccount'
  | 'jmapPushConnections'
> &
  LoginLimits &
  SessionLimits

/** One request of somebody who is signed in, as its method calls see it. */
export interface Call {
  services: JmapServices
  store: Store
  /** All that the account's tenant has. */
  tenant: TenantStore
  account: Account
  /** The account's id as JMAP clients know it. */
  accountId: string
  limits: JmapLimits
  /** The account's mailboxes and messages, as they are now or later. */
  mail: AccountMail
  /** Ids of what this request created, by creation id (RFC 8620 §5.3). */
  createdIds: Map<string, string>
  /** Calls that the server makes of itself once this one is answered (`onSuccess…`); their answers bear its id. */
  following: { name: string; args: Record<string, unknown> }[]
}

/** A row of methods.ts. The answer gets the `accountId` put before it. */
export interface Method {
  /** It can be called where the request is `using` this (RFC 8620 §3.3). */
  capability: string
  /** It has no `accountId` among its arguments, nor in its answer. */
  accountless?: true
  /** `args` without `accountId`. Throws MethodError; MailErrors are answered by mail-errors.ts. */
  run(call: Call, args: Record<string, unknown>): Promise<Record<string, unknown>> | Record<string, unknown>
}

/** RFC 8620 §3.6.2, §5 and RFC 8621: why a call as a whole failed. */
export type MethodErrorType =
  | 'serverUnavailable'
  | 'serverFail'
  | 'serverPartialFail'
  | 'unknownMethod'
  | 'invalidArguments'
  | 'invalidResultReference'
  | 'forbidden'
  | 'accountNotFound'
  | 'accountNotSupportedByMethod'
  | 'accountReadOnly'
  | 'requestTooLarge'
  | 'cannotCalculateChanges'
  | 'stateMismatch'
  | 'anchorNotFound'
  | 'unsupportedSort'
  | 'unsupportedFilter'
  | 'tooManyChanges'
  | 'fromAccountNotFound'
  | 'fromAccountNotSupportedByMethod'

export class MethodError extends Error {
  override readonly name = 'MethodError'
  readonly type: MethodErrorType
  /** Told to the client beside type and description. */
  readonly more: Record<string, unknown>

  constructor(type: MethodErrorType, description = '', more: Record<string, unknown> = {}) {
    super(description)
    this.type = type
    this.more = more
  }
}

export function invalidArguments(description: string, ...names: string[]): MethodError {
  return new MethodError('invalidArguments', description, names.length > 0 ? { arguments: names } : {})
}

/** RFC 8620 §5.3, §5.4 and the data types' own: why one record of a /set was left alone. */
export class SetError extends Error {
  override readonly name = 'SetError'
  readonly type: string
  readonly more: Record<string, unknown>

  constructor(type: string, description = '', more: Record<string, unknown> = {}) {
    super(description)
    this.type = type
    this.more = more
  }
}

export function invalidProperties(description: string, ...properties: string[]): SetError {
  return new SetError('invalidProperties', description, { properties })
}
