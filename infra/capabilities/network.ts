import { CfnOutput, RemovalPolicy, Tags, Validations } from 'aws-cdk-lib'
import {
  CfnEIP,
  GatewayVpcEndpointAwsService,
  type ISubnet,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2'
import { Cluster, type ICluster } from 'aws-cdk-lib/aws-ecs'
import { NetworkLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2'
import { Construct } from 'constructs'
import type { DeploymentSettings } from '../settings.ts'

/** Public subnets only: a NAT gateway by the hour would cost more than all the rest, and S3 and DynamoDB have endpoints without a price. */
export class Network extends Construct {
  readonly vpc: IVpc
  readonly cluster: ICluster
  /** Undefined in the profile small. */
  readonly balancer: NetworkLoadBalancer | undefined

  constructor(scope: Construct, id: string, settings: DeploymentSettings) {
    super(scope, id)
    const vpc = new Vpc(this, 'Vpc', {
      maxAzs: settings.zones,
      natGateways: 0,
      subnetConfiguration: [{ name: 'public', subnetType: SubnetType.PUBLIC, cidrMask: 24 }],
      restrictDefaultSecurityGroup: false, // by a function of the construct library's; nothing is in that group
      gatewayEndpoints: {
        S3: { service: GatewayVpcEndpointAwsService.S3 },
        DynamoDB: { service: GatewayVpcEndpointAwsService.DYNAMODB },
      },
    })
    this.vpc = vpc as IVpc // its own type does not know exact optional properties
    Validations.of(vpc).acknowledge({
      id: 'AwsSolutions-VPC7',
      reason: 'Tasks log each session with its address; flow logs would say the same again, by the gigabyte.',
    })
    const cluster = new Cluster(this, 'Cluster', { vpc: this.vpc })
    this.cluster = cluster as ICluster
    Validations.of(cluster).acknowledge({
      id: 'AwsSolutions-ECS4',
      reason: 'Container Insights is billed by metric; the tasks write the few that alarms and scaling use.',
    })
    if (settings.profile === 'standard') this.balancer = this.balance(settings)
  }

  /** Open to the world on `ports`, and to the load balancer's health checks on `ready`. */
  securityGroup(scope: Construct, description: string, ports: readonly number[], ready: number): SecurityGroup {
    const group = new SecurityGroup(scope, 'Group', { vpc: this.vpc, description })
    for (const port of ports) group.addIngressRule(Peer.anyIpv4(), Port.tcp(port), 'mail from anywhere')
    if (this.balancer !== undefined) {
      group.addIngressRule(Peer.ipv4(this.vpc.vpcCidrBlock), Port.tcp(ready), 'health checks')
    }
    Validations.of(group).acknowledge({
      id: 'AwsSolutions-EC23',
      reason:
        'A mail host takes mail and clients from any address; the load balancer keeps their address, so the group sees it.',
    })
    return group
  }

  private balance(settings: DeploymentSettings): NetworkLoadBalancer {
    const balancer = new NetworkLoadBalancer(this, 'Balancer', {
      vpc: this.vpc,
      internetFacing: true,
      crossZoneEnabled: settings.zones > 1,
      disableSecurityGroups: true, // the tasks' groups see the clients' addresses and decide
      subnetMappings: this.vpc.publicSubnets.map((subnet, index) => ({
        subnet,
        allocationId: this.address(subnet, index, settings),
      })),
    })
    Validations.of(balancer).acknowledge({
      id: 'AwsSolutions-ELB2',
      reason: 'A network load balancer writes access logs for its TLS listeners only; TLS ends in the tasks.',
    })
    return balancer
  }

  /** Kept when the stack goes: an address's reputation and its reverse name take weeks to earn. */
  private address(subnet: ISubnet, index: number, settings: DeploymentSettings): string {
    const address = new CfnEIP(this, `Address${index + 1}`, { domain: 'vpc' })
    address.applyRemovalPolicy(RemovalPolicy.RETAIN)
    address.node.addDependency(subnet.internetConnectivityEstablished)
    Tags.of(address).add('Name', settings.hostName)
    new CfnOutput(this, `DnsAddress${index + 1}`, {
      description: 'DNS record of the mail host',
      value: `${settings.hostName}. A ${address.attrPublicIp}`,
    })
    return address.attrAllocationId
  }
}
