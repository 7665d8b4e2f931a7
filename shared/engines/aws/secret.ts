import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { type Environment, SettingError } from '../../settings.ts'

/** The text of a secret, as it is now. Throws the service's error. */
export async function readSecret(arn: string, environment: Environment): Promise<string> {
  const region = environment['AWS_REGION']
  if (region === undefined) throw new SettingError('AWS_REGION', '', 'the region of the deployment')
  const endpoint = environment['AWS_ENDPOINT_URL']
  const client = new SecretsManagerClient({ region, ...(endpoint !== undefined && endpoint !== '' && { endpoint }) })
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: arn }))
    return SecretString ?? ''
  } finally {
    client.destroy()
  }
}
