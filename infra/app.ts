/** The deployment: settings in, stacks out. */
import { App, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import { readDeploymentSettings } from './settings.ts'
import { DataStack } from './stacks/data.ts'
import { MailStack } from './stacks/mail.ts'

/** `app` brings the context in which the settings are written. */
export function deployment(app: App): { data: DataStack; mail: MailStack } {
  const settings = readDeploymentSettings((name) => app.node.tryGetContext(name))
  const data = new DataStack(app, settings)
  return { data, mail: new MailStack(app, data, settings) }
}

if (import.meta.main) {
  const app = new App()
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
  deployment(app)
  app.synth()
}
