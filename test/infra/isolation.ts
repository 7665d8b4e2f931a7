/** `isolation: 'strict'`: what is a tenant's is reached by sessions that carry its name, and by nothing else. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { permissions, type Resource, resources, synthesize, VARIANTS, words } from './synthesized.ts'

const STRICT = { ...VARIANTS['standard, all'], 'tubepost:isolation': 'strict' }
const TENANT = '$' + '{aws:PrincipalTag/tenant}'
const KEYS = 'ForAllValues:StringLike'

describe('strict isolation', () => {
  const templates = synthesize(STRICT)
  const roles = new Map(
    resources(templates.mail, 'AWS::IAM::Role').map(([id, role]) => [id.replace(/[0-9A-F]{8}$/, ''), role]),
  )
  const statementsOf = (role: string) =>
    resources(templates.mail, 'AWS::IAM::Policy')
      .filter(([, { Properties }]) => Properties.Roles.some((one: unknown) => words(one, templates) === role))
      .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)
  const workers = [...roles.keys()].filter(
    (role) =>
      roles.has(role.replace(/Role$/, 'TenantRole')) || roles.has(`${role.replace(/TaskRole$/, 'Task')}TenantRole`),
  )
  const actionsOn = (statement: { Action: string | string[] }) => [statement.Action].flat()

  test('shared: no role of a tenant is there', () => {
    const found = permissions(synthesize(VARIANTS['standard, all']))
    assert.ok(![...found.keys()].some((role) => role.includes('Tenant')))
  })

  test('every function and task that touches data has a role for one tenant at a time, which it alone may take on, with the tag', () => {
    const tenantRoles = [...roles].filter(([name]) => name.endsWith('TenantRole'))
    assert.equal(tenantRoles.length, 11)
    for (const [name, { Properties }] of tenantRoles) {
      const [assume, tag] = Properties.AssumeRolePolicyDocument.Statement
      assert.equal(assume.Action, 'sts:AssumeRole', name)
      assert.equal(tag.Action, 'sts:TagSession', name)
      assert.deepEqual(assume.Principal, tag.Principal)
      assert.deepEqual(assume.Condition.StringLike, { 'aws:RequestTag/tenant': '?*' })
      const who = words(assume.Principal.AWS, templates)
      const may = statementsOf(who).filter((statement) => actionsOn(statement).includes('sts:AssumeRole'))
      assert.deepEqual(
        may.map(({ Resource }) => words(Resource, templates)),
        [name],
        who,
      )
    }
    assert.ok(workers.length > 0)
  })

  test('a role of a tenant reaches keys and objects of its tag, and nothing else', () => {
    for (const [name] of [...roles].filter(([role]) => role.endsWith('TenantRole'))) {
      const statements = statementsOf(name)
      assert.ok(statements.length > 0, name)
      for (const statement of statements) {
        const [action] = actionsOn(statement)
        if (action!.startsWith('dynamodb:')) {
          assert.deepEqual(statement.Condition, {
            [KEYS]: { 'dynamodb:LeadingKeys': [`t/${TENANT}`, `t/${TENANT}/*`] },
          })
        } else if (action === 's3:ListBucket') {
          for (const prefix of statement.Condition.StringLikeIfExists['s3:prefix']) {
            assert.match(prefix, /^[a-z]+\/\$\{aws:PrincipalTag\/tenant\}\/\*$/)
          }
        } else {
          assert.match(action!, /^s3:/)
          for (const object of [statement.Resource].flat()) {
            assert.match(words(object, templates), /^bucket\/[a-z]+\/\$\{aws:PrincipalTag\/tenant\}\/\*$/)
          }
        }
      }
    }
  })

  test('by their own roles they have the directory, the feed, and what is of several tenants', () => {
    const rows = (role: string, service: string) =>
      statementsOf(role)
        .filter((statement) => actionsOn(statement)[0]!.startsWith(service))
        .map((statement) => [
          actionsOn(statement).length,
          JSON.stringify(statement.Condition?.['ForAllValues:StringNotLike'] ?? statement.Condition?.[KEYS]),
        ])
    const directory = [7, '{"dynamodb:LeadingKeys":["t/*/*"]}']
    const feed = [3, '{"dynamodb:LeadingKeys":["t/*/watch/*"]}']
    const made = [1, '{"dynamodb:LeadingKeys":["t/*/*"]}']
    assert.deepEqual(rows('IngressTaskRole', 'dynamodb'), [directory])
    assert.deepEqual(rows('GatewayTaskRole', 'dynamodb'), [directory, feed, made])
    assert.deepEqual(rows('ApiFunctionRole', 'dynamodb'), [directory, feed, made])
    assert.deepEqual(rows('WebmailFunctionRole', 'dynamodb'), [directory, feed])
    assert.deepEqual(rows('IndexingFunctionRole', 'dynamodb'), [directory, feed])
    const objects = (role: string) =>
      statementsOf(role)
        .filter(
          (statement) => actionsOn(statement)[0]!.startsWith('s3:') && actionsOn(statement)[0] !== 's3:ListBucket',
        )
        .flatMap(({ Resource }) => [Resource].flat().map((resource) => words(resource, templates)))
    assert.deepEqual(objects('GatewayTaskRole'), [])
    assert.deepEqual(objects('IndexingFunctionRole'), ['bucket/raw/*'])
    assert.deepEqual([...new Set(objects('SesDoorFunctionRole'))], ['bucket/door/*'])
  })

  test('each is told its role', () => {
    const told = (resource: Resource): object =>
      resource.Properties.Environment?.Variables ??
      Object.fromEntries(
        resource.Properties.ContainerDefinitions[0].Environment.map(
          ({ Name, Value }: { Name: string; Value: unknown }) => [Name, Value],
        ),
      )
    for (const type of ['AWS::Lambda::Function', 'AWS::ECS::TaskDefinition']) {
      for (const [id, resource] of resources(templates.mail, type))
        assert.ok('TUBEPOST_TENANT_ROLE' in told(resource), id)
    }
  })
})
