/** Templates as `cdk synth` writes them, without bundles, and what tests ask of them. */
import { readFileSync } from 'node:fs'
import { App } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { deployment } from '../../infra/app.ts'
import { ROOT } from '../../infra/bundle.ts'

export type Resource = {
  Type: string
  // biome-ignore lint/suspicious/noExplicitAny: a template's properties, which the tests know by the resource's type
  Properties: any
  DeletionPolicy?: string
  DependsOn?: string[]
}
export type Context = Record<string, unknown>

/** The profiles, each with what it needs and with everything it can have turned on. */
export const VARIANTS = {
  standard: { 'tubepost:profile': 'standard' },
  'standard, all': {
    'tubepost:profile': 'standard',
    'tubepost:zones': '2',
    'tubepost:sesDoor': 'true',
    'tubepost:startTlsPorts': 'true',
    'tubepost:alarmAddress': 'ops@example.net',
  },
  small: { 'tubepost:profile': 'small', 'tubepost:hostedZoneId': 'Z0EXAMPLE' },
  'small, door': { 'tubepost:profile': 'small', 'tubepost:hostedZoneId': 'Z0EXAMPLE', 'tubepost:sesDoor': 'true' },
  'door-only': { 'tubepost:profile': 'door-only' },
} as const satisfies Record<string, Context>
export type Variant = keyof typeof VARIANTS

export function app(context: Context): App {
  const { context: flags } = JSON.parse(readFileSync(`${ROOT}/cdk.json`, 'utf8')) as { context: Context }
  return new App({ context: { ...flags, 'aws:cdk:bundling-stacks': [], ...context } })
}

export interface Synthesized {
  data: Template
  mail: Template
}

const synthesized = new Map<string, Synthesized>()

export function synthesize(context: Context): Synthesized {
  const key = JSON.stringify(context)
  const known = synthesized.get(key)
  if (known !== undefined) return known
  const { data, mail } = deployment(app(context))
  const templates = { data: Template.fromStack(data), mail: Template.fromStack(mail) }
  synthesized.set(key, templates)
  return templates
}

/** By logical id. */
export function resources(template: Template, type: string): [string, Resource][] {
  return Object.entries(template.findResources(type)) as [string, Resource][]
}

export function only(template: Template, type: string): Resource {
  const found = resources(template, type)
  if (found.length !== 1) throw new Error(`${found.length} resources ${type}`)
  return found[0]![1]
}

/**
 * A value of the mail stack in words: `arn:aws:s3:::x/raw/*` of the data stack's bucket reads `bucket/raw/*`. Logical ids lose their
 * hashes, and the account is `account`.
 */
export function words(value: unknown, { data }: Synthesized): string {
  const exported = new Map<string, unknown>()
  for (const { Export, Value } of Object.values(data.toJSON()['Outputs'] ?? {}) as {
    Export?: { Name: string }
    Value: unknown
  }[]) {
    if (Export !== undefined) exported.set(Export.Name, Value)
  }
  function say(part: unknown): string {
    if (typeof part === 'string') return part
    const [[name, argument]] = Object.entries(part as object) as [[string, unknown]]
    if (name === 'Ref') return argument === 'AWS::AccountId' ? 'account' : plain(String(argument))
    if (name === 'Fn::GetAtt') return plain((argument as string[])[0]!)
    if (name === 'Fn::ImportValue') return say(exported.get(String(argument)))
    if (name === 'Fn::Sub') return String(argument)
    if (name === 'Fn::Join')
      return (argument as [string, unknown[]])[1].map(say).join((argument as [string, unknown[]])[0])
    throw new Error(`a template says ${name}`)
  }
  return say(value)
}

const NAMES: readonly [RegExp, string][] = [
  [/^StorageBucket/, 'bucket'],
  [/^StorageTable/, 'table'],
  [/^SecretsTls/, 'tls'],
  [/^SecretsOperatorKey/, 'operator-key'],
]

function plain(logicalId: string): string {
  const known = NAMES.find(([pattern]) => pattern.test(logicalId))
  return known?.[1] ?? logicalId.replace(/^Queues/, '').replace(/[0-9A-F]{8}$/, '')
}

/** Every statement of every role as `actions | resources`, one line for each set of resources, by the role's words. */
export function permissions(templates: Synthesized): Map<string, string> {
  const actionsOf = new Map<string, Map<string, Set<string>>>()
  for (const [, { Properties }] of resources(templates.mail, 'AWS::IAM::Policy')) {
    for (const role of Properties.Roles as unknown[]) {
      const actions = actionsOf.get(words(role, templates)) ?? new Map<string, Set<string>>()
      actionsOf.set(words(role, templates), actions)
      for (const statement of Properties.PolicyDocument.Statement) {
        for (const action of [statement.Action].flat()) {
          const on = actions.get(action) ?? new Set<string>()
          actions.set(action, on)
          for (const resource of [statement.Resource].flat()) on.add(words(resource, templates))
        }
      }
    }
  }
  return new Map([...actionsOf].map(([role, actions]) => [role, table(actions)]))
}

function table(actions: Map<string, Set<string>>): string {
  const rows = new Map<string, string[]>()
  for (const [action, on] of actions) {
    const key = [...on].sort().join(' ')
    rows.set(key, [...(rows.get(key) ?? []), action])
  }
  return [...rows]
    .map(([on, names]) => `${short(names.sort())} | ${on}`)
    .sort()
    .join('\n')
}

/** `s3:GetObject s3:PutObject` is `s3:GetObject,PutObject`. */
function short(actions: string[]): string {
  const services = Map.groupBy(actions, (action) => action.split(':')[0]!)
  return [...services]
    .map(([service, names]) => `${service}:${names.map((name) => name.split(':')[1]).join(',')}`)
    .join(' ')
}
