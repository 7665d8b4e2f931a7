import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib'
import { type IMetric, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch'
import type { SecurityGroup } from 'aws-cdk-lib/aws-ec2'
import { DockerImageAsset, Platform } from 'aws-cdk-lib/aws-ecr-assets'
import {
  type ContainerDefinition,
  ContainerImage,
  CpuArchitecture,
  FargateService,
  FargateTaskDefinition,
  LogDrivers,
  OperatingSystemFamily,
} from 'aws-cdk-lib/aws-ecs'
import { type NetworkTargetGroup, Protocol } from 'aws-cdk-lib/aws-elasticloadbalancingv2'
import { type IRole, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { DEPLOYED_VARIABLES, TASK_PORTS, type TaskPort, taskPortVariable } from '../../shared/settings.ts'
import { IMAGE_FOLDER, imageContextSync, type TASKS } from '../bundle.ts'
import type { DeploymentSettings } from '../settings.ts'
import { commonEnvironment, ingressEnvironment } from './environment.ts'
import type { Network } from './network.ts'
import { explainWildcard, type Worker } from './rights.ts'

export type TaskName = (typeof TASKS)[number]
const SPOOL = '/spool'

/** Ports the world knows (IANA), by the name of what listens. */
const WELL_KNOWN: Readonly<Record<Exclude<TaskPort, 'ready'>, number>> = {
  smtp: 25,
  submission: 587,
  submissions: 465,
  imap: 143,
  imaps: 993,
  pop3: 110,
  pop3s: 995,
  https: 443,
}

export function portsOf(task: TaskName, settings: DeploymentSettings): (keyof typeof WELL_KNOWN)[] {
  if (task === 'smtp-ingress') return ['smtp', 'submission', 'submissions']
  return ['imaps', 'pop3s', 'https', ...(settings.startTlsPorts ? (['imap', 'pop3'] as const) : [])]
}

interface MailTaskProps {
  /** One container each. */
  tasks: readonly TaskName[]
  network: Network
  settings: DeploymentSettings
}

/** A Fargate service of `functions/<task>/main.ts`, one container for each, behind the load balancer where there is one. */
export class MailTask extends Construct implements Worker {
  readonly role: Role
  readonly service: FargateService
  /** Of its containers. */
  readonly names: readonly TaskName[]
  private readonly containers: ContainerDefinition[] = []
  private readonly targets: NetworkTargetGroup[] = []

  constructor(scope: Construct, id: string, { tasks, network, settings }: MailTaskProps) {
    super(scope, id)
    this.names = tasks
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
      description: `Tubepost ${tasks.join(' and ')}`,
    })
    const definition = this.definition(settings)
    const image = this.image()
    for (const [index, task] of tasks.entries()) {
      this.containers.push(this.container(definition, image, task, TASK_PORTS.ready + index, network, settings))
    }
    this.service = this.serve(definition, tasks, network, settings)
    if (network.balancer !== undefined) {
      this.listen(tasks[0]!, network, settings)
      this.scale(tasks[0]!, settings)
    }
  }

  addEnvironment(name: string, value: string): void {
    for (const container of this.containers) container.addEnvironment(name, value)
  }

  /** Tasks that the load balancer finds ready. All its ports ask the same question: one stands for them. */
  healthyHosts(): IMetric {
    return this.targets[0]!.metrics.healthyHostCount({ statistic: Stats.MINIMUM, period: Duration.minutes(1) })
  }

  private definition(settings: DeploymentSettings): FargateTaskDefinition {
    const definition = new FargateTaskDefinition(this, 'Definition', {
      cpu: settings.sizes.taskCpu,
      memoryLimitMiB: settings.sizes.taskMemoryMib,
      runtimePlatform: { cpuArchitecture: CpuArchitecture.ARM64, operatingSystemFamily: OperatingSystemFamily.LINUX },
      taskRole: this.role as IRole,
      volumes: [{ name: 'spool' }],
    })
    Validations.of(definition).acknowledge({
      id: 'AwsSolutions-ECS2',
      reason: 'Variables hold names, URLs and ARNs; what is secret is read from its secret by the task.',
    })
    explainWildcard(definition.obtainExecutionRole(), '*', 'ecr:GetAuthorizationToken knows no resource.')
    return definition
  }

  /** Bundled only where assets are, so that tests of templates need no bundles. */
  private image(): ContainerImage {
    const directory = Stack.of(this).bundlingRequired ? imageContextSync() : IMAGE_FOLDER
    return ContainerImage.fromDockerImageAsset(
      new DockerImageAsset(this, 'Image', { directory, platform: Platform.LINUX_ARM64 }),
    )
  }

  private container(
    definition: FargateTaskDefinition,
    image: ContainerImage,
    task: TaskName,
    ready: number,
    network: Network,
    settings: DeploymentSettings,
  ): ContainerDefinition {
    const ports = portsOf(task, settings).map((name) => [name, listeningPort(name, network)] as const)
    const logGroup = new LogGroup(this, task === 'smtp-ingress' ? 'IngressLog' : 'GatewayLog', {
      retention: settings.retention.logs,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    const container = definition.addContainer(task, {
      image,
      command: [`${task}.mjs`],
      readonlyRootFilesystem: true,
      stopTimeout: Duration.seconds(120), // sessions are told over 60 s, transactions under way end
      logging: LogDrivers.awsLogs({ logGroup, streamPrefix: task }),
      portMappings: [...ports.map(([, port]) => port), ready].map((containerPort) => ({ containerPort })),
      environment: {
        ...commonEnvironment(settings),
        ...(task === 'smtp-ingress' && ingressEnvironment(settings)),
        [DEPLOYED_VARIABLES.spool]: SPOOL,
        ...Object.fromEntries(ports.map(([name, port]) => [taskPortVariable(name), String(port)])),
        [taskPortVariable('ready')]: String(ready),
      },
      // Without a load balancer the well-known ports are the task's own, though it is not root; and it is asked here whether it is ready.
      ...(network.balancer === undefined && {
        systemControls: [{ namespace: 'net.ipv4.ip_unprivileged_port_start', value: '0' }],
        healthCheck: { command: ['CMD', '/usr/local/bin/node', '-e', askReady(ready)], interval: Duration.seconds(60) },
      }),
    })
    container.addMountPoints({ sourceVolume: 'spool', containerPath: SPOOL, readOnly: false })
    return container
  }

  private serve(
    taskDefinition: FargateTaskDefinition,
    tasks: readonly TaskName[],
    network: Network,
    settings: DeploymentSettings,
  ): FargateService {
    const ports = tasks.flatMap((task) => portsOf(task, settings)).map((name) => listeningPort(name, network))
    const group: SecurityGroup = network.securityGroup(this, `Tubepost ${tasks.join(' and ')}`, ports, TASK_PORTS.ready)
    return new FargateService(this, 'Service', {
      cluster: network.cluster,
      taskDefinition,
      securityGroups: [group],
      assignPublicIp: true, // the way out, as there is no NAT
      desiredCount: settings.zones,
      circuitBreaker: { rollback: true },
      // A task that is the mail host itself makes room before its successor writes the address.
      ...(network.balancer === undefined
        ? { minHealthyPercent: 0, maxHealthyPercent: 100, desiredCount: 1 }
        : { minHealthyPercent: 100, maxHealthyPercent: 200, healthCheckGracePeriod: Duration.seconds(60) }),
    })
  }

  private listen(task: TaskName, network: Network, settings: DeploymentSettings): void {
    for (const name of portsOf(task, settings)) {
      const containerPort = TASK_PORTS[name]
      const listener = network.balancer!.addListener(name, { port: WELL_KNOWN[name], protocol: Protocol.TCP })
      const targets = listener.addTargets(name, {
        port: containerPort,
        protocol: Protocol.TCP,
        // Not the PROXY header, which comes only after the client speaks: SMTP, IMAP and POP3 servers speak first.
        preserveClientIp: true,
        deregistrationDelay: Duration.seconds(120),
        healthCheck: {
          protocol: Protocol.HTTP,
          port: String(TASK_PORTS.ready),
          path: '/ready',
          interval: Duration.seconds(10),
          healthyThresholdCount: 2,
          unhealthyThresholdCount: 2,
        },
        targets: [this.service.loadBalancerTarget({ containerName: task, containerPort })],
      })
      this.targets.push(targets)
    }
  }

  private scale(task: TaskName, settings: DeploymentSettings): void {
    const scaling = this.service.autoScaleTaskCount({
      minCapacity: settings.zones,
      maxCapacity: Math.max(settings.sizes.tasksMost, settings.zones),
    })
    const scaleInCooldown = Duration.minutes(10) // a task that goes ends its sessions: not for a short lull
    scaling.scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: 60, scaleInCooldown })
    scaling.scaleToTrackCustomMetric('Connections', {
      metric: connectionsMetric(task),
      targetValue: settings.sizes.connectionsPerTask,
      scaleInCooldown,
    })
  }
}

/** What each task writes once a minute in the embedded metric format: the load balancer counts flows of all its listeners together. */
export function connectionsMetric(task: TaskName): Metric {
  return new Metric({
    namespace: 'Tubepost',
    metricName: 'Connections',
    dimensionsMap: { Task: task },
    statistic: 'Average',
    period: Duration.minutes(1),
  })
}

function listeningPort(name: keyof typeof WELL_KNOWN, network: Network): number {
  return network.balancer === undefined ? WELL_KNOWN[name] : TASK_PORTS[name]
}

function askReady(port: number): string {
  return `fetch('http://127.0.0.1:${port}/ready').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))`
}
