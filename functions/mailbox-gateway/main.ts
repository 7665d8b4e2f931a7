/** Mailboxes for clients: the task behind the ports of IMAP and POP3. */
import { openDeployedEngine } from '../../shared/engines/aws/deployed.ts'
import { readSecret } from '../../shared/engines/aws/secret.ts'
import { log, setLogLevel } from '../../shared/log.ts'
import { measuredEngine } from '../../shared/ports/measured-engine.ts'
import { openStore } from '../../shared/store/store.ts'
import { drainOnSignal, startMailTask } from '../../shared/transport/mail-task.ts'
import { openTaskCertificates } from '../../shared/transport/task-certificates.ts'

async function main(): Promise<void> {
  const { engine, settings } = openDeployedEngine(process.env)
  setLogLevel(settings.log)
  const stopping = new AbortController()
  const certificates = await openTaskCertificates({
    hostName: settings.hostName,
    readSecret: () => readSecret(settings.need('tlsSecret'), process.env),
    clock: engine.clock,
    signal: stopping.signal,
  })
  const task = await startMailTask({
    name: 'mailbox-gateway',
    doors: ['imap', 'imaps', 'pop3', 'pop3s'],
    settings,
    store: openStore(measuredEngine(engine)),
    certificates,
  })
  process.on('SIGHUP', () => certificates.lookAgain())
  drainOnSignal(task, async () => {
    stopping.abort()
    await engine.close()
  })
}

main().catch((error: Error) => {
  log.error('start-failed', { error })
  process.exit(1)
})
