import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Context, permissions, resources, synthesize, VARIANTS, words } from './synthesized.ts'

const READ = 'dynamodb:BatchGetItem,GetItem,Query'
const TABLE = 'dynamodb:BatchGetItem,ConditionCheckItem,DeleteItem,GetItem,PutItem,Query,UpdateItem'

const SES =
  'arn:aws:ses:eu-west-1:account:configuration-set/RelayConfigurationSet arn:aws:ses:eu-west-1:account:identity/*'
const SES_TENANTS = `${SES} arn:aws:ses:eu-west-1:account:tenant/Tubepost-*`
const SES_IDENTITIES =
  'ses:CreateEmailIdentity,DeleteEmailIdentity,GetEmailIdentity,PutEmailIdentityConfigurationSetAttributes,PutEmailIdentityDkimSigningAttributes,PutEmailIdentityMailFromAttributes'

/** What each role may do in the profile standard with everything turned on: `actions | resources`. Nothing more, and nothing less. */
const STANDARD: Record<string, string> = {
  IngressTaskRole: `
    ${TABLE} | table
    s3:AbortMultipartUpload,GetObject,PutObject | bucket/envelope/* bucket/outbox/* bucket/raw/*
    s3:ListBucket | bucket
    secretsmanager:GetSecretValue | tls
`,
  IngressTaskDefinitionExecutionRole: `
    ecr:BatchCheckLayerAvailability,BatchGetImage,GetDownloadUrlForLayer | arn:aws:ecr:eu-west-1:account:repository/cdk-hnb659fds-container-assets-\${AWS::AccountId}-eu-west-1
    ecr:GetAuthorizationToken | *
    logs:CreateLogStream,PutLogEvents | IngressTaskIngressLog
`,
  GatewayTaskRole: `
    ${TABLE} | table
    s3:AbortMultipartUpload,PutObject | bucket/attachment/* bucket/envelope/* bucket/outbox/* bucket/raw/* bucket/scheduled/* bucket/upload/* bucket/view/*
    s3:DeleteObject | bucket/view/*
    s3:GetObject | bucket/attachment/* bucket/envelope/* bucket/index/* bucket/outbox/* bucket/raw/* bucket/scheduled/* bucket/upload/* bucket/view/*
    s3:ListBucket | bucket
    secretsmanager:GetSecretValue | operator-key tls
    sqs:CreateQueue,DeleteMessage,DeleteQueue,ReceiveMessage | arn:aws:sqs:eu-west-1:account:Tubepost-feed-*
    sqs:SendMessage | Jobs arn:aws:sqs:eu-west-1:account:Tubepost-feed-*
`,
  GatewayTaskDefinitionExecutionRole: `
    ecr:BatchCheckLayerAvailability,BatchGetImage,GetDownloadUrlForLayer | arn:aws:ecr:eu-west-1:account:repository/cdk-hnb659fds-container-assets-\${AWS::AccountId}-eu-west-1
    ecr:GetAuthorizationToken | *
    logs:CreateLogStream,PutLogEvents | GatewayTaskGatewayLog
`,
  ApiFunctionRole: `
    ${TABLE} | table
    logs:CreateLogStream,PutLogEvents | ApiFunctionLog
    s3:AbortMultipartUpload,PutObject | bucket/attachment/* bucket/envelope/* bucket/outbox/* bucket/raw/* bucket/scheduled/* bucket/upload/* bucket/view/*
    s3:DeleteObject | bucket/view/*
    s3:GetObject | bucket/attachment/* bucket/envelope/* bucket/index/* bucket/outbox/* bucket/raw/* bucket/scheduled/* bucket/upload/* bucket/view/*
    s3:ListBucket | bucket
    secretsmanager:GetSecretValue | operator-key
    sqs:SendMessage | Jobs arn:aws:sqs:eu-west-1:account:Tubepost-feed-*
`,
  WebmailFunctionRole: `
    ${TABLE} | table
    logs:CreateLogStream,PutLogEvents | WebmailFunctionLog
    s3:AbortMultipartUpload,PutObject | bucket/envelope/* bucket/outbox/* bucket/raw/* bucket/scheduled/* bucket/upload/* bucket/view/*
    s3:DeleteObject | bucket/view/*
    s3:GetObject | bucket/envelope/* bucket/index/* bucket/outbox/* bucket/raw/* bucket/scheduled/* bucket/upload/* bucket/view/*
    s3:ListBucket | bucket
    sqs:SendMessage | Jobs arn:aws:sqs:eu-west-1:account:Tubepost-feed-*
`,
  IndexingFunctionRole: `
    ${TABLE} | table
    logs:CreateLogStream,PutLogEvents | IndexingFunctionLog
    s3:AbortMultipartUpload,GetObject,PutObject | bucket/envelope/* bucket/outbox/* bucket/raw/* bucket/view/*
    s3:DeleteObject | bucket/view/*
    s3:ListBucket | bucket
    sqs:ChangeMessageVisibility,DeleteMessage,GetQueueAttributes,GetQueueUrl,ReceiveMessage | Arrivals
    sqs:SendMessage | Jobs arn:aws:sqs:eu-west-1:account:Tubepost-feed-*
`,
  SendingFunctionRole: `
    ${TABLE} | table
    logs:CreateLogStream,PutLogEvents | SendingFunctionLog
    s3:AbortMultipartUpload,GetObject,PutObject | bucket/envelope/* bucket/outbox/* bucket/raw/*
    s3:ListBucket | bucket
    ses:SendEmail,SendRawEmail | ${SES_TENANTS}
    sqs:ChangeMessageVisibility,DeleteMessage,GetQueueAttributes,GetQueueUrl,ReceiveMessage | Outgoing
    sqs:SendMessage | Jobs
`,
  FeedbackFunctionRole: `
    ${TABLE} | table
    logs:CreateLogStream,PutLogEvents | FeedbackFunctionLog
    s3:AbortMultipartUpload,GetObject,PutObject | bucket/envelope/* bucket/outbox/* bucket/raw/*
    s3:ListBucket | bucket
    sqs:ChangeMessageVisibility,DeleteMessage,GetQueueAttributes,GetQueueUrl,ReceiveMessage | Feedback
    sqs:SendMessage | Jobs
`,
  SesDoorFunctionRole: `
    ${TABLE} | table
    logs:CreateLogStream,PutLogEvents | SesDoorFunctionLog
    s3:AbortMultipartUpload,PutObject | bucket/envelope/* bucket/outbox/* bucket/raw/*
    s3:DeleteObject | bucket/door/*
    s3:GetObject | bucket/door/* bucket/envelope/* bucket/outbox/* bucket/raw/*
    s3:ListBucket | bucket
    sqs:ChangeMessageVisibility,DeleteMessage,GetQueueAttributes,GetQueueUrl,ReceiveMessage | Door
`,
  UpkeepSweepRole: `
    ${READ} | table
    logs:CreateLogStream,PutLogEvents | UpkeepSweepLog
    s3:ListBucket | bucket
    sqs:SendMessage | Arrivals Jobs Outgoing
`,
  UpkeepReclaimRole: `
    ${TABLE} | table
    logs:CreateLogStream,PutLogEvents | UpkeepReclaimLog
    s3:DeleteObject | bucket/attachment/* bucket/envelope/* bucket/raw/* bucket/upload/* bucket/view/*
    s3:GetObject | bucket/envelope/* bucket/index/* bucket/outbox/* bucket/raw/*
    s3:ListBucket | bucket
    sqs:SendMessage | Jobs arn:aws:sqs:eu-west-1:account:Tubepost-feed-*
`,
  UpkeepFoldRole: `
    ${TABLE} | table
    logs:CreateLogStream,PutLogEvents | UpkeepFoldLog
    s3:AbortMultipartUpload,PutObject | bucket/envelope/* bucket/index/* bucket/outbox/* bucket/raw/* bucket/view/*
    s3:DeleteObject,DeleteObjectVersion | bucket/attachment/* bucket/envelope/* bucket/index/* bucket/outbox/* bucket/raw/* bucket/scheduled/* bucket/upload/* bucket/view/*
    s3:GetObject | bucket/envelope/* bucket/index/* bucket/outbox/* bucket/raw/* bucket/scheduled/* bucket/view/*
    s3:ListBucket,ListBucketVersions | bucket
    ses:CreateEmailIdentity,CreateTenant,CreateTenantResourceAssociation,DeleteEmailIdentity,DeleteTenant,DeleteTenantResourceAssociation,GetEmailIdentity,PutEmailIdentityConfigurationSetAttributes,PutEmailIdentityDkimSigningAttributes,PutEmailIdentityMailFromAttributes,TagResource | ${SES_TENANTS}
    sqs:ChangeMessageVisibility,DeleteMessage,GetQueueAttributes,GetQueueUrl,ReceiveMessage | Jobs
    sqs:SendMessage | Jobs arn:aws:sqs:eu-west-1:account:Tubepost-feed-*
`,
}

const SMALL: Record<string, string> = {
  MailHostTaskRole: `
    ${TABLE} | table
    route53:ChangeResourceRecordSets | arn:aws:route53:::hostedzone/Z0EXAMPLE
    s3:AbortMultipartUpload,PutObject | bucket/attachment/* bucket/envelope/* bucket/outbox/* bucket/raw/* bucket/scheduled/* bucket/upload/* bucket/view/*
    s3:DeleteObject | bucket/view/*
    s3:GetObject | bucket/attachment/* bucket/envelope/* bucket/index/* bucket/outbox/* bucket/raw/* bucket/scheduled/* bucket/upload/* bucket/view/*
    s3:ListBucket | bucket
    secretsmanager:GetSecretValue | operator-key tls
    sqs:CreateQueue,DeleteMessage,DeleteQueue,ReceiveMessage | arn:aws:sqs:eu-west-1:account:Tubepost-feed-*
    sqs:SendMessage | Jobs arn:aws:sqs:eu-west-1:account:Tubepost-feed-*
`,
  MailHostTaskDefinitionExecutionRole: `
    ecr:BatchCheckLayerAvailability,BatchGetImage,GetDownloadUrlForLayer | arn:aws:ecr:eu-west-1:account:repository/cdk-hnb659fds-container-assets-\${AWS::AccountId}-eu-west-1
    ecr:GetAuthorizationToken | *
    logs:CreateLogStream,PutLogEvents | MailHostTaskGatewayLog MailHostTaskIngressLog
`,
}

const DOOR_ONLY: Record<string, string> = {
  ApiFunctionRole: `
    ${TABLE} | table
    logs:CreateLogStream,PutLogEvents | ApiFunctionLog
    s3:AbortMultipartUpload,PutObject | bucket/attachment/* bucket/envelope/* bucket/outbox/* bucket/raw/* bucket/scheduled/* bucket/upload/* bucket/view/*
    s3:DeleteObject | bucket/view/*
    s3:GetObject | bucket/attachment/* bucket/envelope/* bucket/index/* bucket/outbox/* bucket/raw/* bucket/scheduled/* bucket/upload/* bucket/view/*
    s3:ListBucket | bucket
    secretsmanager:GetSecretValue | operator-key
    sqs:SendMessage | Work
`,
  WebmailFunctionRole: `
    ${TABLE} | table
    logs:CreateLogStream,PutLogEvents | WebmailFunctionLog
    s3:AbortMultipartUpload,PutObject | bucket/envelope/* bucket/outbox/* bucket/raw/* bucket/scheduled/* bucket/upload/* bucket/view/*
    s3:DeleteObject | bucket/view/*
    s3:GetObject | bucket/envelope/* bucket/index/* bucket/outbox/* bucket/raw/* bucket/scheduled/* bucket/upload/* bucket/view/*
    s3:ListBucket | bucket
    sqs:SendMessage | Work
`,
  AllWorkFunctionRole: `
    ${TABLE} | table
    logs:CreateLogStream,PutLogEvents | AllWorkFunctionLog
    s3:AbortMultipartUpload,PutObject | bucket/envelope/* bucket/index/* bucket/outbox/* bucket/raw/* bucket/view/*
    s3:DeleteObject,DeleteObjectVersion | bucket/attachment/* bucket/door/* bucket/envelope/* bucket/index/* bucket/outbox/* bucket/raw/* bucket/scheduled/* bucket/upload/* bucket/view/*
    s3:GetObject | bucket/door/* bucket/envelope/* bucket/index/* bucket/outbox/* bucket/raw/* bucket/scheduled/* bucket/view/*
    s3:ListBucket,ListBucketVersions | bucket
    ${SES_IDENTITIES},SendEmail,SendRawEmail,TagResource | ${SES}
    sqs:ChangeMessageVisibility,DeleteMessage,GetQueueAttributes,GetQueueUrl,ReceiveMessage,SendMessage | Work
`,
  UpkeepSweepRole: `
    ${READ} | table
    logs:CreateLogStream,PutLogEvents | UpkeepSweepLog
    s3:ListBucket | bucket
    sqs:SendMessage | Work
`,
  UpkeepReclaimRole: `
    ${TABLE} | table
    logs:CreateLogStream,PutLogEvents | UpkeepReclaimLog
    s3:DeleteObject | bucket/attachment/* bucket/envelope/* bucket/raw/* bucket/upload/* bucket/view/*
    s3:GetObject | bucket/envelope/* bucket/index/* bucket/outbox/* bucket/raw/*
    s3:ListBucket | bucket
    sqs:SendMessage | Work
`,
}

function trimmed(rows: string): string {
  return rows
    .split('\n')
    .map((row) => row.trim())
    .filter((row) => row !== '')
    .join('\n')
}

function assertPermissions(context: Context, expected: Record<string, string>): void {
  const found = permissions(synthesize(context))
  assert.deepEqual([...found.keys()].sort(), Object.keys(expected).sort())
  for (const [role, rows] of found) assert.equal(rows, trimmed(expected[role]!), role)
}

describe('permissions', () => {
  test('standard: each role', () => assertPermissions(VARIANTS['standard, all'], STANDARD))

  test('standard without the second door: nobody may touch what lies in it', () => {
    const found = permissions(synthesize(VARIANTS.standard))
    for (const [role, rows] of found) assert.ok(!rows.includes('door'), role)
  })

  test('small: one task with the rights of both, and its own A record; the functions as in standard', () => {
    const { SesDoorFunctionRole: _, ...standard } = STANDARD
    const functions = Object.entries(standard).filter(([role]) => !/^(Ingress|Gateway)/.test(role))
    const context = { ...VARIANTS.small, 'tubepost:sesTenants': 'true' }
    assertPermissions(context, { ...Object.fromEntries(functions), ...SMALL })
  })

  test('without tenants of SES: mail of identities of the account by the configuration set, and no right to tenants', () => {
    for (const context of [VARIANTS.small, { ...VARIANTS.standard, 'tubepost:sesTenants': 'false' }]) {
      const found = permissions(synthesize(context))
      const rows = [...found.values()].flatMap((rows) => rows.split('\n')).filter((row) => row.startsWith('ses:'))
      assert.deepEqual(rows.sort(), [`${SES_IDENTITIES},TagResource | ${SES}`, `ses:SendEmail,SendRawEmail | ${SES}`])
    }
  })

  test('door-only: one worker, the sweep and the reclaim', () => assertPermissions(VARIANTS['door-only'], DOOR_ONLY))

  test('capture: objects instead of SES', () => {
    const found = permissions(synthesize({ ...VARIANTS.standard, 'tubepost:relay': 'capture' }))
    assert.ok(![...found.values()].some((rows) => rows.includes('ses:')))
    assert.match(
      found.get('SendingFunctionRole')!,
      /s3:AbortMultipartUpload,GetObject,PutObject \| bucket\/captured\/\*/,
    )
    assert.match(found.get('GatewayTaskRole')!, /s3:GetObject \| bucket\/attachment\/\* bucket\/captured\/\*/)
    assert.ok(!found.get('IngressTaskRole')!.includes('captured'))
  })

  test('the small task writes the address of its own name and nothing else in the zone', () => {
    const templates = synthesize(VARIANTS.small)
    const statements = resources(templates.mail, 'AWS::IAM::Policy').flatMap(
      ([, { Properties }]) => Properties.PolicyDocument.Statement,
    )
    const [zone] = statements.filter(({ Action }) => Action === 'route53:ChangeResourceRecordSets')
    assert.deepEqual(zone.Condition, {
      'ForAllValues:StringEquals': {
        'route53:ChangeResourceRecordSetsNormalizedRecordNames': ['mail.example.com'],
        'route53:ChangeResourceRecordSetsRecordTypes': ['A'],
        'route53:ChangeResourceRecordSetsActions': ['UPSERT'],
      },
    })
  })

  for (const [name, context] of Object.entries(VARIANTS)) {
    test(`${name}: every statement allows, names its actions, and lists objects only by its prefixes`, () => {
      const templates = synthesize(context)
      for (const [id, { Properties }] of resources(templates.mail, 'AWS::IAM::Policy')) {
        for (const statement of Properties.PolicyDocument.Statement) {
          assert.equal(statement.Effect, 'Allow', id)
          const actions: string[] = [statement.Action].flat()
          for (const action of actions) assert.ok(!action.includes('*'), `${id} ${action}`)
          if (actions.includes('s3:ListBucket')) {
            assert.deepEqual(
              actions.filter((action) => action !== 's3:ListBucketVersions'),
              ['s3:ListBucket'],
            )
            const prefixes: string[] = statement.Condition.StringLikeIfExists['s3:prefix']
            assert.ok(prefixes.length > 0 && prefixes.every((prefix) => /^[a-z]+\/\*$/.test(prefix)), id)
          }
        }
      }
    })

    test(`${name}: each role is assumed by one service, has no managed policy, and serves one function or task`, () => {
      const templates = synthesize(context)
      for (const [id, { Properties }] of resources(templates.mail, 'AWS::IAM::Role')) {
        assert.equal(Properties.ManagedPolicyArns, undefined, id)
        assert.equal(Properties.AssumeRolePolicyDocument.Statement.length, 1, id)
      }
      const roles = resources(templates.mail, 'AWS::Lambda::Function').map(([, { Properties }]) =>
        words(Properties.Role, templates),
      )
      const tasks = resources(templates.mail, 'AWS::ECS::TaskDefinition').map(([, { Properties }]) =>
        words(Properties.TaskRoleArn, templates),
      )
      assert.equal(new Set([...roles, ...tasks]).size, roles.length + tasks.length)
    })
  }
})
