import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib'
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb'
import { ArnPrincipal, Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  ObjectOwnership,
  StorageClass,
} from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import { DEPLOYED_VARIABLES } from '../../shared/settings.ts'
import type { DeploymentSettings } from '../settings.ts'
import type { Queues } from './queues.ts'
import { explainWildcard, type Prefix, type Rights, type Worker } from './rights.ts'

/** Below this S3's cheaper tiers save nothing: they bill each object as if it were as large. */
const TIERED_OCTETS = 128 * 1024

/** The bucket, which is the truth, and the table, its index. Both outlive their stack. */
export class Storage extends Construct {
  readonly bucket: Bucket
  readonly table: Table
  private readonly isolation: DeploymentSettings['isolation']

  constructor(scope: Construct, id: string, { settings, queues }: { settings: DeploymentSettings; queues: Queues }) {
    super(scope, id)
    const { retention } = settings
    this.isolation = settings.isolation
    this.table = new Table(this, 'Table', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: 'expires',
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    })
    this.bucket = new Bucket(this, 'Bucket', {
      versioned: true,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: [
        {
          id: 'what-was-deleted',
          noncurrentVersionExpiration: Duration.days(retention.noncurrentObjects),
          expiredObjectDeleteMarker: true,
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
        {
          id: 'large-messages-tiered',
          prefix: 'raw/',
          objectSizeGreaterThan: TIERED_OCTETS,
          // Not infrequent access: a client that downloads a mailbox anew would pay retrieval for each message.
          transitions: [
            {
              storageClass: StorageClass.INTELLIGENT_TIERING,
              transitionAfter: Duration.days(retention.frequentObjects),
            },
          ],
        },
        { id: 'captured', prefix: 'captured/', expiration: Duration.days(retention.capturedObjects) },
      ],
    })
    // The schema wants the number as text, which the construct library does not know.
    const rule = 'LifecycleConfiguration.Rules.1.ObjectSizeGreaterThan'
    const bucket = this.bucket.node.defaultChild as CfnBucket
    bucket.addPropertyOverride(rule, String(TIERED_OCTETS))
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'Access logs would cost a PUT for each message and hold senders; CloudTrail data events serve who needs them.',
    })
    this.announce(queues)
    if (settings.sesDoor) this.openDoor(settings)
  }

  /** The permission on the table and the prefixes, and their names, together. */
  grant(worker: Worker, rights: Rights): void {
    worker.addEnvironment(DEPLOYED_VARIABLES.table, this.table.tableName)
    worker.addEnvironment(DEPLOYED_VARIABLES.bucket, this.bucket.bucketName)
    if (this.isolation === 'strict') {
      this.grantByTenant(worker, rights)
      return
    }
    may(worker.role, TABLE_ACTIONS[rights.table], [this.table.tableArn])
    this.grantObjects(worker.role, rights, (prefix) => `${prefix}/*`)
  }

  /** What is a tenant's is reached by a role of the worker's, whose sessions carry the tenant as a tag; its own role has the directory, and the feed. */
  private grantByTenant(worker: Worker, rights: Rights): void {
    const role = new Role(worker, 'TenantRole', {
      assumedBy: new ArnPrincipal(worker.role.roleArn).withConditions({
        StringLike: { 'aws:RequestTag/tenant': '?*' },
        'ForAllValues:StringEquals': { 'aws:TagKeys': ['tenant'] },
      }),
      description: 'Tubepost: one tenant, by the tag of the session',
    })
    role.assumeRolePolicy!.addStatements(
      new PolicyStatement({ actions: ['sts:TagSession'], principals: [new ArnPrincipal(worker.role.roleArn)] }),
    )
    may(worker.role, ['sts:AssumeRole', 'sts:TagSession'], [role.roleArn])
    worker.addEnvironment(DEPLOYED_VARIABLES.tenantRole, role.roleArn)

    const onKeys = (operator: string, keys: string[]) => ({
      [`ForAllValues:${operator}`]: { 'dynamodb:LeadingKeys': keys },
    })
    const table = [this.table.tableArn]
    may(role, TABLE_ACTIONS[rights.table], table, onKeys('StringLike', [`t/${TENANT}`, `t/${TENANT}/*`]))
    may(worker.role, TABLE_ACTIONS[rights.table], table, onKeys('StringNotLike', ['t/*/*']))
    if (rights.feed?.length) may(worker.role, FEED_ACTIONS, table, onKeys('StringLike', ['t/*/watch/*']))
    if (rights.across?.makesAccounts) may(worker.role, ['dynamodb:PutItem'], table, onKeys('StringLike', ['t/*/*']))

    this.grantObjects(
      role,
      only(rights, (prefix) => prefix !== 'door'),
      (prefix) => `${prefix}/${TENANT}/*`,
    )
    const own = only(rights, (prefix) => prefix === 'door' || prefix === 'captured')
    const across = { ...own, read: [...(own.read ?? []), ...(rights.across?.read ?? [])] }
    this.grantObjects(worker.role, across, (prefix) => `${prefix}/*`)
  }

  private grantObjects(role: Role, rights: Rights, below: Below): void {
    const { read = [], put = [], list = [], delete: gone = [], purge } = rights
    const objects = (prefixes: readonly Prefix[]) =>
      [...new Set(prefixes)].map((prefix) => this.objects(role, below(prefix)))
    const readable = [...read, ...put]
    if (readable.length > 0) may(role, ['s3:GetObject'], objects(readable))
    if (put.length > 0) may(role, ['s3:PutObject', 's3:AbortMultipartUpload'], objects(put))
    const deletes = purge ? ['s3:DeleteObject', 's3:DeleteObjectVersion'] : ['s3:DeleteObject']
    if (gone.length > 0) may(role, deletes, objects(gone))
    const listable = [...new Set([...readable, ...list])]
    if (listable.length === 0) return
    // S3 says 404 rather than 403 only to who may list, and a GET carries no prefix: hence "if exists".
    const lists = purge ? ['s3:ListBucket', 's3:ListBucketVersions'] : ['s3:ListBucket']
    may(role, lists, [this.bucket.bucketArn], { StringLikeIfExists: { 's3:prefix': listable.map(below) } })
  }

  private objects(role: Role, names: string): string {
    // cdk-nag names the bucket by its export, as the role is in another stack.
    const { 'Fn::ImportValue': bucket } = Stack.of(this).resolve(Stack.of(this).exportValue(this.bucket.bucketArn))
    const said = names.replace(TENANT, '<aws:PrincipalTag/tenant>') // as cdk-nag words a variable
    explainWildcard(role, `${bucket}/${said}`, `Its row in rights.ts has the objects below ${names.split('/')[0]}/.`)
    return this.bucket.arnForObjects(names)
  }

  /** By the bucket's own configuration: the construct library's way is a function of its own that sets it. */
  private announce(queues: Queues): void {
    const bucket = this.bucket.node.defaultChild as CfnBucket
    bucket.notificationConfiguration = {
      queueConfigurations: (
        [
          ['raw/', 'arrivals'],
          ['outbox/', 'outgoing'],
        ] as const
      ).map(([prefix, name]) => ({
        event: 's3:ObjectCreated:*',
        filter: { s3Key: { rules: [{ name: 'prefix', value: prefix }] } },
        queue: queues.of(name).queueArn,
      })),
    }
    // S3 tries the queue when it is configured.
    for (const name of ['arrivals', 'outgoing'] as const) bucket.node.addDependency(queues.allowBucket(name))
  }

  private openDoor(settings: DeploymentSettings): void {
    const { account, partition } = Stack.of(this)
    const ruleSets = `arn:${partition}:ses:${settings.region}:${account}:receipt-rule-set/${settings.name}`
    this.bucket.addToResourcePolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal('ses.amazonaws.com')],
        actions: ['s3:PutObject'],
        resources: [this.bucket.arnForObjects('door/*')],
        conditions: {
          StringEquals: { 'aws:SourceAccount': account },
          ArnLike: { 'aws:SourceArn': `${ruleSets}:receipt-rule/*` },
        },
      }),
    )
  }
}

type Below = (prefix: Prefix) => string

/** Of the session, as IAM puts it into a policy where that is asked. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of IAM's
const TENANT = '${aws:PrincipalTag/tenant}'

function may(role: Role, actions: string[], resources: string[], conditions: Record<string, unknown> = {}): void {
  role.addToPolicy(new PolicyStatement({ actions, resources, conditions }))
}

function only(rights: Rights, wanted: (prefix: Prefix) => boolean): Rights {
  const here = (prefixes: readonly Prefix[] = []) => prefixes.filter(wanted)
  const { read, put, list, delete: gone, purge } = rights
  const objects = { read: here(read), put: here(put), list: here(list), delete: here(gone) }
  return { table: rights.table, ...objects, ...(purge && { purge }) }
}

/** Who watches, who is told (engines/aws/change-feed.ts). */
const FEED_ACTIONS = ['dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:DeleteItem']

/** What the table port does; a transaction is allowed by the actions it is made of. */
const READ_ACTIONS = ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query']
const TABLE_ACTIONS = {
  read: READ_ACTIONS,
  write: [
    ...READ_ACTIONS,
    'dynamodb:PutItem',
    'dynamodb:UpdateItem',
    'dynamodb:DeleteItem',
    'dynamodb:ConditionCheckItem',
  ],
}
