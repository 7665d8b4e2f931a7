/** `npm run cost`: what a deployment costs while nobody uses it, by profile, and what a million messages add. */
import { readFileSync } from 'node:fs'
import { App } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { deployment } from '../app.ts'
import { ROOT } from '../bundle.ts'
import { PROFILES, type Profile } from '../settings.ts'
import { COUNTED } from './counted.ts'
import { dollarsPerMillion, floor, type Prices, type TemplateResource, total } from './price.ts'

function resourcesOf(profile: Profile): TemplateResource[] {
  const { context } = JSON.parse(readFileSync(`${ROOT}cdk.json`, 'utf8')) as { context: Record<string, unknown> }
  const app = new App({
    context: {
      ...context,
      'aws:cdk:bundling-stacks': [],
      'tubepost:hostedZoneId': 'Z',
      'tubepost:profile': profile,
    },
  })
  const { data, mail } = deployment(app)
  return [data, mail].flatMap((stack) =>
    Object.values(Template.fromStack(stack).toJSON()['Resources'] as Record<string, TemplateResource>),
  )
}

const prices = JSON.parse(readFileSync(`${ROOT}infra/cost/prices.json`, 'utf8')) as Prices
const dollars = (amount: number) => amount.toFixed(2).padStart(9)

console.log(`Prices of ${prices.date}, ${prices.region}, USD; ${prices.source}.`)
for (const profile of PROFILES) {
  const lines = floor(resourcesOf(profile), prices)
  console.log(`\n${profile}: a month with nobody there`)
  for (const line of lines) console.log(`${dollars(line.dollars)}  ${line.count} ${line.what}`)
  console.log(`${dollars(total(lines))}  in all`)
}
console.log('\nA million times, at most')
for (const [act, counted] of Object.entries(COUNTED)) {
  console.log(`${dollars(dollarsPerMillion(counted, prices))}  ${act}`)
}
const { storageGb, tableGb, tableRecoveryGb } = prices.perMonth
console.log(
  `\nKept: ${storageGb} a GB and month in the bucket, ${(tableGb + tableRecoveryGb).toFixed(2)} in the table with its recovery.`,
)
