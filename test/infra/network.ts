import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { only, type Resource, resources, synthesize, VARIANTS, type Variant } from './synthesized.ts'

const STANDARD = [25, 465, 587, 993, 995, 443]
const LISTENERS: Partial<Record<Variant, number[]>> = {
  standard: STANDARD,
  'standard, all': [...STANDARD, 143, 110],
}

function numbers(list: number[]): number[] {
  return list.toSorted((a, b) => a - b)
}

function containers(template: ReturnType<typeof synthesize>['mail']) {
  return resources(template, 'AWS::ECS::TaskDefinition').flatMap(
    ([, { Properties }]) => Properties.ContainerDefinitions,
  )
}

describe('network', () => {
  for (const [name, context] of Object.entries(VARIANTS) as [Variant, object][]) {
    const { mail } = synthesize({ ...context })

    test(`${name}: no NAT, no function of the construct library's own, no rule outside its group`, () => {
      const kinds = new Set(
        Object.values(mail.toJSON()['Resources'] as Record<string, Resource>).map(({ Type }) => Type),
      )
      assert.ok(!kinds.has('AWS::EC2::NatGateway'))
      assert.ok(!kinds.has('AWS::EC2::SecurityGroupIngress'))
      for (const kind of kinds)
        assert.ok(!kind.startsWith('Custom::') && kind !== 'AWS::CloudFormation::CustomResource', kind)
    })

    if (name === 'door-only') continue

    test(`${name}: public subnets, with endpoints for S3 and DynamoDB on their routes`, () => {
      const subnets = resources(mail, 'AWS::EC2::Subnet')
      assert.equal(subnets.length, name === 'standard, all' ? 2 : 1)
      for (const [, { Properties }] of subnets) assert.equal(Properties.MapPublicIpOnLaunch, true)
      const endpoints = resources(mail, 'AWS::EC2::VPCEndpoint').map(([, { Properties }]) => Properties)
      assert.deepEqual(
        endpoints.map(({ ServiceName }) => JSON.stringify(ServiceName).match(/s3|dynamodb/)?.[0]).toSorted(),
        ['dynamodb', 's3'],
      )
      for (const { RouteTableIds, VpcEndpointType } of endpoints) {
        assert.equal(VpcEndpointType, 'Gateway')
        assert.equal(RouteTableIds.length, subnets.length)
      }
    })

    test(`${name}: tasks are open on the ports they listen on, and on no other`, () => {
      const open = resources(mail, 'AWS::EC2::SecurityGroup').flatMap(
        ([, { Properties }]) => Properties.SecurityGroupIngress,
      )
      const world = open
        .filter(({ CidrIp }) => CidrIp === '0.0.0.0/0')
        .map(({ FromPort, ToPort }) => {
          assert.equal(FromPort, ToPort)
          return FromPort
        })
      const ready = open.filter(({ CidrIp }) => CidrIp !== '0.0.0.0/0').map(({ FromPort }) => FromPort)
      assert.deepEqual(ready, name.startsWith('small') ? [] : [9000, 9000])
      const mapped = containers(mail).flatMap(({ PortMappings }) =>
        PortMappings.map(({ ContainerPort }: { ContainerPort: number }) => ContainerPort),
      )
      assert.deepEqual(numbers(world), numbers(mapped.filter((port: number) => port < 9000)))
    })

    test(`${name}: each container is told the ports it is mapped to`, () => {
      for (const { Name, PortMappings, Environment } of containers(mail)) {
        const told = (Environment as { Name: string; Value: string }[])
          .filter((variable) => variable.Name.endsWith('_PORT'))
          .map(({ Value }) => Number(Value))
        assert.deepEqual(
          numbers(told),
          numbers(PortMappings.map(({ ContainerPort }: { ContainerPort: number }) => ContainerPort)),
          Name,
        )
      }
    })

    test(`${name}: what keeps abuse out is told to the task behind port 25, and to no other`, () => {
      const chosen = {
        'tubepost:senderChecks': 'false',
        'tubepost:rspamdUrl': 'http://rspamd.internal:11333',
        'tubepost:trustedSealers': 'list.example, forwarder.example',
        'tubepost:postmaster': 'ops@example.com',
      }
      const expected = {
        TUBEPOST_SENDER_CHECKS: '0',
        TUBEPOST_RSPAMD_URL: 'http://rspamd.internal:11333',
        TUBEPOST_TRUSTED_SEALERS: 'list.example,forwarder.example',
        TUBEPOST_POSTMASTER: 'ops@example.com',
      }
      for (const { Name, Environment } of containers(synthesize({ ...context, ...chosen }).mail)) {
        const told = Object.fromEntries(
          (Environment as { Name: string; Value: string }[])
            .filter((variable) => variable.Name in expected)
            .map((variable) => [variable.Name, variable.Value]),
        )
        assert.deepEqual(told, Name === 'smtp-ingress' ? expected : {}, Name)
      }
    })

    test(`${name}: small arm64 tasks with a read-only root, one place to write, and two minutes to end`, () => {
      for (const [, { Properties }] of resources(mail, 'AWS::ECS::TaskDefinition')) {
        assert.deepEqual([Properties.Cpu, Properties.Memory], ['256', '512'])
        assert.deepEqual(Properties.RuntimePlatform, { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' })
        assert.deepEqual(Properties.Volumes, [{ Name: 'spool' }])
        for (const container of Properties.ContainerDefinitions) {
          assert.equal(container.ReadonlyRootFilesystem, true)
          assert.equal(container.StopTimeout, 120)
          assert.deepEqual(container.MountPoints, [{ ContainerPath: '/spool', ReadOnly: false, SourceVolume: 'spool' }])
          assert.equal(container.Secrets, undefined)
        }
      }
    })

    test(`${name}: what is secret comes as an ARN to ask for`, () => {
      for (const { Environment } of containers(mail)) {
        for (const { Name, Value } of Environment as { Name: string; Value: unknown }[]) {
          if (Name.endsWith('_SECRET')) assert.ok(JSON.stringify(Value).includes('Fn::ImportValue'), Name)
        }
      }
    })
  }

  for (const [name, ports] of Object.entries(LISTENERS) as [Variant, number[]][]) {
    const { mail } = synthesize(VARIANTS[name])
    const zones = name === 'standard, all' ? 2 : 1

    test(`${name}: a listener for each port, TCP, as TLS ends in the task`, () => {
      const listeners = resources(mail, 'AWS::ElasticLoadBalancingV2::Listener').map(([, { Properties }]) => Properties)
      assert.deepEqual(numbers(listeners.map(({ Port }) => Port)), numbers(ports))
      for (const { Protocol } of listeners) assert.equal(Protocol, 'TCP')
    })

    test(`${name}: targets see the client's address without the PROXY header, and are asked at the readiness port`, () => {
      for (const [id, { Properties }] of resources(mail, 'AWS::ElasticLoadBalancingV2::TargetGroup')) {
        const attributes = Object.fromEntries(
          Properties.TargetGroupAttributes.map(({ Key, Value }: { Key: string; Value: string }) => [Key, Value]),
        )
        assert.equal(attributes['preserve_client_ip.enabled'], 'true', id)
        assert.notEqual(attributes['proxy_protocol_v2.enabled'], 'true', id)
        assert.equal(attributes['deregistration_delay.timeout_seconds'], '120', id)
        assert.equal(Properties.TargetType, 'ip')
        assert.deepEqual(
          [Properties.HealthCheckProtocol, Properties.HealthCheckPort, Properties.HealthCheckPath],
          ['HTTP', '9000', '/ready'],
        )
      }
    })

    test(`${name}: an address of its own in each zone, which stays`, () => {
      const addresses = resources(mail, 'AWS::EC2::EIP')
      assert.equal(addresses.length, zones)
      for (const [, { DeletionPolicy }] of addresses) assert.equal(DeletionPolicy, 'Retain')
      const { SubnetMappings, Scheme } = only(mail, 'AWS::ElasticLoadBalancingV2::LoadBalancer').Properties
      assert.equal(Scheme, 'internet-facing')
      assert.equal(SubnetMappings.length, zones)
    })

    test(`${name}: no service has more target groups than ECS takes, and each grows by connections and CPU`, () => {
      const services = resources(mail, 'AWS::ECS::Service')
      assert.equal(services.length, 2)
      for (const [id, { Properties }] of services) {
        assert.ok(Properties.LoadBalancers.length <= 5, id)
        assert.equal(Properties.DesiredCount, zones)
        assert.deepEqual(Properties.DeploymentConfiguration.DeploymentCircuitBreaker, { Enable: true, Rollback: true })
      }
      const policies = resources(mail, 'AWS::ApplicationAutoScaling::ScalingPolicy').map(
        ([, { Properties }]) => Properties.TargetTrackingScalingPolicyConfiguration,
      )
      const metrics = policies.map(
        ({ PredefinedMetricSpecification, CustomizedMetricSpecification }) =>
          PredefinedMetricSpecification?.PredefinedMetricType ?? CustomizedMetricSpecification.MetricName,
      )
      assert.deepEqual(metrics.toSorted(), [
        'Connections',
        'Connections',
        'ECSServiceAverageCPUUtilization',
        'ECSServiceAverageCPUUtilization',
      ])
    })
  }

  test('small: one task with both roles, reached without a load balancer, that makes room before its successor', () => {
    const { mail } = synthesize(VARIANTS.small)
    assert.deepEqual(resources(mail, 'AWS::ElasticLoadBalancingV2::LoadBalancer'), [])
    const { Properties } = only(mail, 'AWS::ECS::Service')
    assert.equal(Properties.NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp, 'ENABLED')
    assert.deepEqual(
      [Properties.DeploymentConfiguration.MinimumHealthyPercent, Properties.DeploymentConfiguration.MaximumPercent],
      [0, 100],
    )
    const ports = containers(mail).flatMap(({ PortMappings }) =>
      PortMappings.map(({ ContainerPort }: { ContainerPort: number }) => ContainerPort),
    )
    assert.deepEqual(numbers(ports), numbers([...STANDARD, 9000, 9001]))
    for (const { SystemControls, HealthCheck } of containers(mail)) {
      assert.deepEqual(SystemControls, [{ Namespace: 'net.ipv4.ip_unprivileged_port_start', Value: '0' }])
      assert.match(HealthCheck.Command[3], /127\.0\.0\.1:900[01]\/ready/)
    }
  })
})
