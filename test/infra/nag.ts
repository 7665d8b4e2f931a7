import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Validations } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Bucket } from 'aws-cdk-lib/aws-s3'
import { AwsSolutionsChecks } from 'cdk-nag'
import { deployment } from '../../infra/app.ts'
import { app, type Context, VARIANTS } from './synthesized.ts'

function checked(context: Context) {
  const checkedApp = app(context)
  Validations.of(checkedApp).addPlugins(new AwsSolutionsChecks(checkedApp))
  return { checkedApp, ...deployment(checkedApp) }
}

describe('cdk-nag, the pack AwsSolutions', () => {
  const strict = { ...VARIANTS['standard, all'], 'tubepost:isolation': 'strict' }
  for (const [name, context] of Object.entries({ ...VARIANTS, strict })) {
    test(`${name}: no finding without a reason`, () => {
      checked(context).checkedApp.synth()
    })
  }

  test('what is not explained fails the synth', () => {
    const { checkedApp, data } = checked(VARIANTS['door-only'])
    new Bucket(data, 'Naive')
    assert.throws(() => checkedApp.synth(), /Validation failed/)
  })

  test('a wildcard beside those explained fails the synth', () => {
    const { checkedApp, mail } = checked(VARIANTS['door-only'])
    const role = mail.node.findChild('AllWork').node.findChild('FunctionRole') as unknown as {
      addToPolicy(statement: PolicyStatement): void
    }
    role.addToPolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::somebody-elses/*'] }))
    assert.throws(() => checkedApp.synth(), /Validation failed/)
  })
})
