import { Stack } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { DEPLOYED_VARIABLES } from '../../shared/settings.ts'
import type { DeploymentSettings } from '../settings.ts'
import { explainWildcard, type Rights, type Worker } from './rights.ts'

const ACTIONS = {
  publish: ['sqs:SendMessage'],
  watch: [
    'sqs:CreateQueue',
    'sqs:DeleteQueue',
    'sqs:DeleteMessage',
    'sqs:GetQueueAttributes',
    'sqs:GetQueueUrl',
    'sqs:ReceiveMessage',
    'sqs:TagQueue',
  ],
  clear: ['sqs:DeleteQueue', 'sqs:GetQueueAttributes'],
} as const

/** Each gateway task makes a queue of its own when it starts, so only the beginning of their names is known here. */
export function grantFeed(worker: Worker, rights: Rights, settings: DeploymentSettings): void {
  if (rights.feed === undefined || rights.feed.length === 0) return
  const prefix = `${settings.name}-feed-`
  const { partition, region, account } = Stack.of(worker)
  const queues = `arn:${partition}:sqs:${region}:${account}:${prefix}*`
  // As cdk-nag words it.
  const own = `arn:aws:sqs:${settings.region}:<AWS::AccountId>:`
  explainWildcard(
    worker.role,
    `${own}${prefix}*`,
    'Gateway tasks make and drop these queues while the deployment runs.',
  )
  for (const right of rights.feed) {
    worker.role.addToPolicy(new PolicyStatement({ actions: [...ACTIONS[right]], resources: [queues] }))
    if (right === 'clear') {
      explainWildcard(worker.role, `${own}*`, 'SQS lists all queues of an account or none.')
      const all = `arn:${partition}:sqs:${region}:${account}:*`
      worker.role.addToPolicy(new PolicyStatement({ actions: ['sqs:ListQueues'], resources: [all] }))
    }
  }
  worker.addEnvironment(DEPLOYED_VARIABLES.feedQueuePrefix, prefix)
}
