import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { ROOT } from '../../infra/bundle.ts'
import { type Resource, resources, synthesize, VARIANTS, type Variant } from './synthesized.ts'

const WITH_TASKS = ['api', 'feedback', 'fold', 'index-message', 'reclaim', 'send-message', 'sweep', 'webmail']
/** Functions by their description's folder, polled queues, tasks' containers. */
const PROFILES: Record<Variant, { roles: string[]; polled: number; containers: string[][] }> = {
  standard: { roles: WITH_TASKS, polled: 4, containers: [['mailbox-gateway'], ['smtp-ingress']] },
  'standard, all': {
    roles: [...WITH_TASKS, 'ses-door'],
    polled: 5,
    containers: [['mailbox-gateway'], ['smtp-ingress']],
  },
  small: { roles: WITH_TASKS, polled: 4, containers: [['smtp-ingress', 'mailbox-gateway']] },
  'small, door': {
    roles: [...WITH_TASKS, 'ses-door'],
    polled: 5,
    containers: [['smtp-ingress', 'mailbox-gateway']],
  },
  'door-only': { roles: ['api', 'door-only', 'reclaim', 'sweep', 'webmail'], polled: 1, containers: [] },
}

describe('profiles', () => {
  for (const [name, expected] of Object.entries(PROFILES) as [Variant, (typeof PROFILES)[Variant]][]) {
    const { mail } = synthesize(VARIANTS[name])

    test(`${name}: its functions and tasks`, () => {
      const roles = resources(mail, 'AWS::IAM::Role')
        .filter(([, { Properties }]) => JSON.stringify(Properties.AssumeRolePolicyDocument).includes('lambda.'))
        .map(([, { Properties }]) => Properties.Description.replace('Tubepost ', ''))
      assert.deepEqual(roles.toSorted(), expected.roles.toSorted())
      const containers = resources(mail, 'AWS::ECS::TaskDefinition').map(([, { Properties }]) =>
        Properties.ContainerDefinitions.map(({ Name }: { Name: string }) => Name),
      )
      assert.deepEqual(containers.toSorted(), expected.containers)
    })

    test(`${name}: a queue that is polled costs, mail or none`, () => {
      assert.equal(resources(mail, 'AWS::Lambda::EventSourceMapping').length, expected.polled)
    })

    test(`${name}: functions run Node 24 on arm64, log to a group that ends, and have their limits of time`, () => {
      for (const [id, { Properties }] of resources(mail, 'AWS::Lambda::Function')) {
        assert.equal(Properties.Runtime, 'nodejs24.x', id)
        assert.deepEqual(Properties.Architectures, ['arm64'], id)
        assert.equal(Properties.Handler, 'handler.handler', id)
        assert.ok(Properties.Timeout >= 29 && Properties.Timeout <= 900, id)
        assert.ok(Properties.LoggingConfig.LogGroup !== undefined, id)
        assert.equal(Properties.VpcConfig, undefined, id)
      }
      for (const [id, { Properties }] of resources(mail, 'AWS::Logs::LogGroup')) {
        assert.equal(Properties.RetentionInDays, 30, id)
      }
    })

    test(`${name}: each function is told the names it has a right to`, () => {
      for (const [id, { Properties }] of resources(mail, 'AWS::Lambda::Function')) {
        const { Variables } = Properties.Environment
        for (const variable of ['TUBEPOST_HOST_NAME', 'TUBEPOST_LOG', 'TUBEPOST_TABLE', 'TUBEPOST_BUCKET']) {
          assert.ok(variable in Variables, `${id} ${variable}`)
        }
        const secrets = Object.keys(Variables).filter((variable) => variable.endsWith('_SECRET'))
        assert.deepEqual(secrets, id.startsWith('Api') ? ['TUBEPOST_OPERATOR_SECRET'] : [], id)
      }
    })

    test(`${name}: a dashboard that is free, as it has up to 50 metrics`, () => {
      const [[, { Properties }]] = resources(mail, 'AWS::CloudWatch::Dashboard') as [[string, Resource]]
      const parts = (Properties.DashboardBody['Fn::Join'][1] as unknown[]).map((part) =>
        typeof part === 'string' ? part : 'x',
      )
      const { widgets } = JSON.parse(parts.join('')) as { widgets: { properties: { metrics?: unknown[] } }[] }
      const metrics = widgets.flatMap(({ properties }) => properties.metrics ?? [])
      assert.ok(metrics.length > 10 && metrics.length <= 50, `${metrics.length} metrics`)
    })

    test(`${name}: says the DNS records of the mail host`, () => {
      const outputs = Object.values(mail.toJSON()['Outputs']).map((output) =>
        JSON.stringify((output as { Value: unknown }).Value),
      )
      const says = (text: string) => outputs.some((output) => output.includes(text))
      if (name === 'door-only' || name === 'standard, all' || name === 'small, door')
        assert.ok(says('MX 10 inbound-smtp.eu-west-1.amazonaws.com.'))
      if (name === 'door-only') return
      assert.ok(says('MX 10 mail.example.com.'))
      assert.ok(says('mail.example.com. A'))
    })
  }

  test('the functions of each source are told their queue, so that they can put a message off', () => {
    const { mail } = synthesize(VARIANTS.standard)
    const told = Object.fromEntries(
      resources(mail, 'AWS::Lambda::Function').map(([id, { Properties }]) => [
        id.replace(/[0-9A-F]{8}$/, ''),
        Object.keys(Properties.Environment.Variables)
          .filter((variable) => variable.startsWith('TUBEPOST_QUEUE_'))
          .map((variable) => variable.slice('TUBEPOST_QUEUE_'.length).toLowerCase())
          .toSorted(),
      ]),
    )
    assert.deepEqual(told, {
      ApiFunction: ['jobs'],
      IndexingFunction: ['arrivals', 'jobs'],
      SendingFunction: ['jobs', 'outgoing'],
      FeedbackFunction: ['feedback', 'jobs'],
      UpkeepSweep: ['arrivals', 'jobs', 'outgoing'],
      UpkeepReclaim: ['jobs'],
      UpkeepFold: ['jobs'],
      WebmailFunction: ['jobs'],
    })
  })

  test('limits that were changed, and only those, are in every environment', () => {
    const { mail } = synthesize({ ...VARIANTS.standard, 'tubepost:limits': { messageOctets: 1_000_000 } })
    for (const [id, { Properties }] of resources(mail, 'AWS::Lambda::Function')) {
      const limits = Object.entries(Properties.Environment.Variables).filter(([name]) =>
        name.startsWith('TUBEPOST_LIMIT_'),
      )
      assert.deepEqual(limits, [['TUBEPOST_LIMIT_MESSAGE_OCTETS', '1000000']], id)
    }
  })

  test('the image is named by the Dockerfile and holds no root', () => {
    const dockerfile = readFileSync(`${ROOT}/infra/image/Dockerfile`, 'utf8').split('\n')
    assert.ok(dockerfile.includes('USER 65532:65532'))
    assert.ok(dockerfile.includes('VOLUME ["/spool"]'))
  })
})
