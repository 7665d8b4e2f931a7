import { RemovalPolicy, Validations } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { CfnSecret, Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import { DEPLOYED_VARIABLES } from '../../shared/settings.ts'
import type { Worker } from './rights.ts'

/** The operator's key, made here, and the certificate of the mail host, which the operator puts in. */
export class Secrets extends Construct {
  readonly operatorKey: Secret
  /** Undefined where nothing listens. */
  readonly tls: CfnSecret | undefined

  constructor(scope: Construct, id: string, { listens }: { listens: boolean }) {
    super(scope, id)
    this.operatorKey = new Secret(this, 'OperatorKey', {
      description: 'Tubepost operator key: creates tenants',
      generateSecretString: { passwordLength: 40, excludePunctuation: true },
      removalPolicy: RemovalPolicy.RETAIN,
    })
    Validations.of(this.operatorKey).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'Programs hold the operator key; it is replaced when its holder says so, by put-secret-value.',
    })
    if (!listens) return
    // Not the higher construct, which makes up a value where none is given: an empty object says "no certificate yet".
    this.tls = new CfnSecret(this, 'Tls', {
      description: 'Tubepost certificate chain and key, JSON: {"certificate": PEM, "key": PEM}',
      secretString: '{}',
    })
    this.tls.applyRemovalPolicy(RemovalPolicy.RETAIN)
    Validations.of(this.tls).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'The certificate is replaced by the client that renews it; tasks take a new one up by themselves.',
    })
  }

  grantTls(worker: Worker): void {
    this.grant(worker, this.tls!.ref, DEPLOYED_VARIABLES.tlsSecret)
  }

  grantOperatorKey(worker: Worker): void {
    this.grant(worker, this.operatorKey.secretArn, DEPLOYED_VARIABLES.operatorSecret)
  }

  private grant(worker: Worker, arn: string, variable: string): void {
    worker.role.addToPolicy(new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [arn] }))
    worker.addEnvironment(variable, arn)
  }
}
