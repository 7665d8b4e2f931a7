import { Duration, Stack } from 'aws-cdk-lib'
import { Alarm, ComparisonOperator, type IMetric, Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type { Table } from 'aws-cdk-lib/aws-dynamodb'
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import type { DeploymentSettings } from '../settings.ts'
import type { MailTask } from './mail-task.ts'

interface Ring {
  metric: IMetric
  /** Rings above this, unless `below`. */
  threshold: number
  below?: true
  /** Periods in a row. */
  periods?: number
  /** No data is bad news. */
  missing?: TreatMissingData
}

/** What needs a person rings once, by mail, and names the heading of infra/RUNBOOK.md that says what to do. */
export class Alarms extends Construct {
  private readonly topic: Topic

  constructor(scope: Construct, id: string, settings: DeploymentSettings) {
    super(scope, id)
    this.topic = new Topic(this, 'Topic', { displayName: `${settings.name} alarms`, enforceSSL: true })
    this.topic.grantPublish(
      new ServicePrincipal('cloudwatch.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    )
    if (settings.alarmAddress !== undefined) this.topic.addSubscription(new EmailSubscription(settings.alarmAddress))
  }

  ringWhenNotEmpty(queue: IQueue, heading: string): void {
    const metric = queue.metricApproximateNumberOfMessagesVisible({
      statistic: Stats.MAXIMUM,
      period: Duration.minutes(5),
    })
    this.ring(heading, { metric, threshold: 0 })
  }

  ringWhenLate(queue: IQueue, heading: string): void {
    const metric = queue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM, period: Duration.minutes(5) })
    this.ring(heading, { metric, threshold: Duration.minutes(15).toSeconds(), periods: 3 })
  }

  /** For what runs by schedule: nobody else tries again before the next time. */
  ringOnErrors(worker: IFunction, heading: string): void {
    this.ring(heading, {
      metric: worker.metricErrors({ statistic: Stats.SUM, period: Duration.hours(1) }),
      threshold: 0,
    })
  }

  ringWhenNotAnswering(task: MailTask, heading: string): void {
    const metric = task.healthyHosts()
    this.ring(heading, { metric, threshold: 1, below: true, periods: 3, missing: TreatMissingData.BREACHING })
  }

  /** Without a load balancer nobody asks the task, but the service counts its tasks' CPU while they run. */
  ringWhenNoTask(task: MailTask, heading: string): void {
    const metric = task.service.metricCpuUtilization({ statistic: Stats.SAMPLE_COUNT, period: Duration.minutes(1) })
    this.ring(heading, { metric, threshold: 1, below: true, periods: 5, missing: TreatMissingData.BREACHING })
  }

  ringWhenThrottled(table: Table, heading: string): void {
    const metric = new Metric({
      namespace: 'AWS/DynamoDB',
      metricName: 'WriteThrottleEvents',
      dimensionsMap: { TableName: table.tableName },
      statistic: Stats.SUM,
      period: Duration.minutes(5),
    })
    this.ring(heading, { metric, threshold: 100, periods: 3 })
  }

  /** SES reviews an account at 5 % bounces and 0.1 % complaints. */
  ringOnReputation(): void {
    const reputation = (metricName: string) =>
      new Metric({ namespace: 'AWS/SES', metricName, statistic: Stats.AVERAGE, period: Duration.hours(1) })
    this.ring('too-many-bounces', { metric: reputation('Reputation.BounceRate'), threshold: 0.04 })
    this.ring('too-many-complaints', { metric: reputation('Reputation.ComplaintRate'), threshold: 0.0008 })
  }

  private ring(heading: string, { metric, threshold, below, periods = 1, missing }: Ring): void {
    new Alarm(this, heading, {
      metric,
      threshold,
      evaluationPeriods: periods,
      comparisonOperator: below ? ComparisonOperator.LESS_THAN_THRESHOLD : ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: missing ?? TreatMissingData.NOT_BREACHING,
      alarmDescription: `infra/RUNBOOK.md#${heading}`,
    }).addAlarmAction(new SnsAction(this.topic))
  }
}
