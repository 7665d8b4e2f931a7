import { Stack } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { DEPLOYED_VARIABLES } from '../../shared/settings.ts'
import type { DeploymentSettings } from '../settings.ts'
import { explainWildcard, type Rights, type Worker } from './rights.ts'

/** What is left behind by a task that died is removed by its fellows. */
const ACTIONS = {
  publish: ['sqs:SendMessage'],
  watch: ['sqs:CreateQueue', 'sqs:DeleteQueue', 'sqs:DeleteMessage', 'sqs:ReceiveMessage'],
} as const

/** Each gateway task makes a queue of its own when it starts, so only the beginning of their names is known here. */
export function grantFeed(worker: Worker, { feed = [] }: Rights, settings: DeploymentSettings): void {
  if (feed.length === 0) return
  const prefix = `${settings.name}-feed-`
  const { partition, region, account } = Stack.of(worker)
  explainWildcard(
    worker.role,
    `arn:aws:sqs:${settings.region}:<AWS::AccountId>:${prefix}*`, // as cdk-nag words it
    'Gateway tasks make and drop these queues while the deployment runs.',
  )
  worker.role.addToPolicy(
    new PolicyStatement({
      actions: feed.flatMap((right) => [...ACTIONS[right]]),
      resources: [`arn:${partition}:sqs:${region}:${account}:${prefix}*`],
    }),
  )
  // Who watches makes a queue; who only publishes finds the queues in the table.
  if (feed.includes('watch')) worker.addEnvironment(DEPLOYED_VARIABLES.feedQueuePrefix, prefix)
}
