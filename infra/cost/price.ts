/** Dollars from counts and from a template's resources; pure. */
import type { Counted } from './counted.ts'

export interface Prices {
  date: string
  region: string
  source: string
  /** When, and against what, by whoever keeps this table. */
  checked: string
  perMillion: Record<keyof Counted, number>
  perHour: Record<'fargateVcpu' | 'fargateGb' | 'loadBalancer' | 'publicAddress', number>
  perMonth: Record<'secret' | 'alarm' | 'metric' | 'storageGb' | 'tableGb' | 'tableRecoveryGb', number>
}

/** A resource as it stands in a template. */
export interface TemplateResource {
  Type: string
  // biome-ignore lint/suspicious/noExplicitAny: properties differ by type
  Properties?: any
}

export interface FloorLine {
  what: string
  count: number
  dollars: number
}

const HOURS = 730
/** A mapping from SQS to Lambda polls this often while there is nothing (FACTS §1). */
const IDLE_POLLS = 650_000
/** Target tracking keeps two alarms for each policy. */
const ALARMS_A_POLICY = 2

/** Dollars for a million acts. */
export function dollarsPerMillion(counted: Counted, { perMillion }: Prices): number {
  return (Object.entries(counted) as [keyof Counted, number][]).reduce(
    (sum, [name, count]) => sum + count * perMillion[name],
    0,
  )
}

/** Dollars a month of a deployment that nobody uses, a line for each kind of resource that is billed by the hour or the month. */
export function floor(resources: readonly TemplateResource[], prices: Prices): FloorLine[] {
  const { perHour, perMonth, perMillion } = prices
  const of = (type: string) => resources.filter(({ Type }) => Type === type)
  const tasks = of('AWS::ECS::Service').reduce((sum, { Properties }) => sum + Number(Properties.DesiredCount), 0)
  const [size] = of('AWS::ECS::TaskDefinition') // all are of one size
  const taskHour =
    size === undefined
      ? 0
      : (Number(size.Properties.Cpu) / 1024) * perHour.fargateVcpu +
        (Number(size.Properties.Memory) / 1024) * perHour.fargateGb
  const policies = of('AWS::ApplicationAutoScaling::ScalingPolicy')
  const ownMetrics = policies.filter(({ Properties }) =>
    JSON.stringify(Properties).includes('CustomizedMetricSpecification'),
  )
  const lines: [string, number, number][] = [
    ['Fargate tasks', tasks, taskHour * HOURS],
    ['load balancers', of('AWS::ElasticLoadBalancingV2::LoadBalancer').length, perHour.loadBalancer * HOURS],
    ['public addresses', tasks + of('AWS::EC2::EIP').length, perHour.publicAddress * HOURS],
    ['secrets', of('AWS::SecretsManager::Secret').length, perMonth.secret],
    ['alarms', of('AWS::CloudWatch::Alarm').length + ALARMS_A_POLICY * policies.length, perMonth.alarm],
    ['metrics', ownMetrics.length, perMonth.metric],
    ['polled queues', of('AWS::Lambda::EventSourceMapping').length, (IDLE_POLLS / 1_000_000) * perMillion.sqsRequest],
  ]
  return lines.filter(([, count]) => count > 0).map(([what, count, each]) => ({ what, count, dollars: count * each }))
}

export function total(lines: readonly FloorLine[]): number {
  return lines.reduce((sum, { dollars }) => sum + dollars, 0)
}
