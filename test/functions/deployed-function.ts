/** A bundled handler on the emulator's resources, fed with the files of events/. */
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { bundleHandler, ROOT } from '../../infra/bundle.ts'
import { DEPLOYED_VARIABLES } from '../../shared/settings.ts'
import type { SqsBatchResponse } from '../../shared/transport/lambda-batch.ts'
import type { Resources } from '../aws/resources.ts'

/** The environment that `infra/` gives. */
export function environmentOf({ endpoint, region, credentials, tableName, bucket, queues }: Resources) {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    [DEPLOYED_VARIABLES.hostName]: 'mail.example.com',
    [DEPLOYED_VARIABLES.log]: 'silent',
    [DEPLOYED_VARIABLES.relay]: 'capture',
    [DEPLOYED_VARIABLES.table]: tableName,
    [DEPLOYED_VARIABLES.bucket]: bucket,
    ...Object.fromEntries(
      Object.entries(queues).map(([name, url]) => [DEPLOYED_VARIABLES[name as keyof typeof queues], url]),
    ),
  }
}

/** Loads the bundle into this process, under that environment. */
export async function loadHandler<Answer = SqsBatchResponse>(
  folder: string,
  resources: Resources,
): Promise<(event: unknown) => Promise<Answer>> {
  Object.assign(process.env, environmentOf(resources))
  const bundle = await bundleHandler(folder, mkdtempSync(join(tmpdir(), `tubepost-${folder}-`)))
  const { handler } = (await import(pathToFileURL(bundle).href)) as { handler: (event: unknown) => Promise<Answer> }
  return handler
}

// biome-ignore lint/suspicious/noExplicitAny: as AWS sends it
export function event(path: string): any {
  return JSON.parse(readFileSync(join(ROOT, 'events', `${path}.json`), 'utf8'))
}

/** The id of the nth content that the events name. */
export function contentOf(number: number): string {
  return `019a0000-0000-7000-8000-${String(number).padStart(12, '0')}`
}
