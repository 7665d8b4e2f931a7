import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { deployment } from '../../infra/app.ts'
import { app, type Resource, VARIANTS } from '../infra/synthesized.ts'

test('each function is deployed with its own bundle', () => {
  const bundled = app({ ...VARIANTS.small, 'tubepost:relay': 'ses', 'aws:cdk:bundling-stacks': ['**'] })
  const { mail } = deployment(bundled)
  const { template } = bundled.synth().getStackByName(mail.stackName)
  const functions = (Object.values(template.Resources) as Resource[]).filter(
    ({ Type }) => Type === 'AWS::Lambda::Function',
  )
  const assets = functions.map(({ Properties }) => Properties.Code.S3Key.replace('.zip', '') as string)
  assert.equal(functions.length, 8)
  assert.equal(new Set(assets).size, functions.length)
  for (const asset of assets) {
    const bundle = readFileSync(join(bundled.outdir, `asset.${asset}`, 'handler.mjs'), 'utf8')
    assert.match(bundle, /\bhandler\b/)
  }
})
