import { Duration, Stack } from 'aws-cdk-lib'
import {
  Alarm,
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  type IMetric,
  Metric,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import type { DeploymentSettings } from '../settings.ts'
import type { House } from './house.ts'
import { MailFunction } from './mail-function.ts'
import { connectionsMetric, MailTask } from './mail-task.ts'

const PERIOD = Duration.minutes(5)

/** The deployment on one screen, in the order in which an operator asks: does it ring, does mail come in, does it go out, what does it use. */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, { queues, storage }: House, settings: DeploymentSettings) {
    super(scope, id)
    const built = Stack.of(this).node.findAll()
    const functions = built.filter((each) => each instanceof MailFunction)
    const tasks = built.filter((each) => each instanceof MailTask)
    const alarms = built.filter((each) => each instanceof Alarm)
    const queued = queues.all
    const { tableName } = storage.table

    const rows = [
      [
        graph(
          'Queued',
          queued.map((queue) => queue.metricNumberOfMessagesSent({ period: PERIOD })),
        ),
        graph(
          'Oldest, seconds',
          queued.map((queue) => queue.metricApproximateAgeOfOldestMessage({ period: PERIOD })),
        ),
        graph('Dead letters', [...queues.deadLetters.values()].map(waiting)),
      ],
      [
        graph('Queued to done, seconds', functions.filter(({ worksOffQueue }) => worksOffQueue).flatMap(secondsToDone)),
        graph(
          'Functions called',
          functions.filter(isCalled).map((each) => each.metricInvocations({ period: PERIOD })),
        ),
        graph(
          'Functions failed',
          functions.map((each) => each.metricErrors({ period: PERIOD })),
        ),
      ],
      [
        ...(settings.relay === 'ses' ? [graph('SES', ['Send', 'Delivery', 'Bounce', 'Complaint'].map(ses))] : []),
        graph(
          'Table units',
          ['ConsumedWriteCapacityUnits', 'ConsumedReadCapacityUnits'].map((name) => table(tableName, name)),
        ),
        graph('Table throttled', [table(tableName, 'WriteThrottleEvents')]),
      ],
      [
        graph(
          'Connections a task',
          tasks.flatMap(({ names }) => names.map(connectionsMetric)),
        ),
        graph(
          'CPU, %',
          tasks.map(({ service }) => service.metricCpuUtilization({ period: PERIOD })),
        ),
        graph(
          'Memory, %',
          tasks.map(({ service }) => service.metricMemoryUtilization({ period: PERIOD })),
        ),
      ],
    ]
    new CloudWatchDashboard(this, 'Screen', {
      dashboardName: settings.name,
      widgets: [
        [new AlarmStatusWidget({ title: 'Alarms', alarms, width: 24 })],
        ...(tasks.length > 0 ? rows : rows.slice(0, -1)),
      ],
    })
  }
}

/** By mail or people; what a schedule calls is known beforehand, and a screen is free up to 50 metrics. */
function isCalled({ folder }: MailFunction): boolean {
  return folder !== 'sweep' && folder !== 'reclaim'
}

function waiting(queue: IQueue): IMetric {
  return queue.metricApproximateNumberOfMessagesVisible({ period: PERIOD, statistic: Stats.MAXIMUM })
}

function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width: 8, height: 6 })
}

/** What it writes in the embedded metric format (shared/transport/function-metrics.ts); of those that people wait for, the median too. */
function secondsToDone({ folder }: MailFunction): Metric[] {
  const percents = folder === 'index-message' || folder === 'door-only' ? [50, 99] : [99]
  return percents.map(
    (percent) =>
      new Metric({
        namespace: 'Tubepost',
        metricName: 'SecondsToDone',
        dimensionsMap: { Function: folder },
        statistic: `p${percent}`,
        period: PERIOD,
        label: `${folder} p${percent}`,
      }),
  )
}

function ses(metricName: string): Metric {
  return new Metric({ namespace: 'AWS/SES', metricName, statistic: Stats.SUM, period: PERIOD })
}

function table(TableName: string, metricName: string): Metric {
  const dimensionsMap = { TableName }
  return new Metric({ namespace: 'AWS/DynamoDB', metricName, dimensionsMap, statistic: Stats.SUM, period: PERIOD })
}
