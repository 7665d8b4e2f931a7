/** Mailboxes for clients: the task behind the ports of IMAP, POP3 and HTTPS. */
import { openDeployedEngine } from '../../shared/engines/aws/deployed.ts'
import { readSecret } from '../../shared/engines/aws/secret.ts'
import { callRecorder } from '../../shared/flows/usage/record-calls.ts'
import { log, setLogLevel } from '../../shared/log.ts'
import { measuredEngine } from '../../shared/ports/measured-engine.ts'
import { deployedServices } from '../../shared/servers/http/deployed-services.ts'
import { openStore } from '../../shared/store/store.ts'
import { guardedFetch } from '../../shared/transport/guarded-fetch.ts'
import { openHttpDoor } from '../../shared/transport/http-door.ts'
import { drainOnSignal, startMailTask } from '../../shared/transport/mail-task.ts'
import { openTaskCertificates } from '../../shared/transport/task-certificates.ts'
import { webmailFilesBeside } from '../../shared/transport/webmail-files.ts'

async function main(): Promise<void> {
  const { engine, settings, region } = openDeployedEngine(process.env)
  setLogLevel(settings.log)
  const stopping = new AbortController()
  const certificates = await openTaskCertificates({
    hostName: settings.hostName,
    readSecret: () => readSecret(settings.need('tlsSecret'), process.env),
    clock: engine.clock,
    signal: stopping.signal,
  })
  const operatorSecret = settings.find('operatorSecret')
  const operatorKey = operatorSecret === undefined ? undefined : await readSecret(operatorSecret, process.env)
  const store = openStore(measuredEngine(engine))
  const fetchRemote = guardedFetch({ dns: engine.dns })
  const task = await startMailTask({
    name: 'mailbox-gateway',
    doors: ['imap', 'imaps', 'pop3', 'pop3s'],
    settings,
    store,
    openHttps: (door, isReady) => {
      const deployed = { region, operatorKey, fetchRemote, isReady, webmailFiles: webmailFilesBeside }
      return openHttpDoor(deployedServices(store, settings, deployed), door)
    },
    certificates,
  })
  process.on('SIGHUP', () => certificates.lookAgain())
  drainOnSignal(task, async () => {
    stopping.abort()
    await callRecorder(store).flush()
    await engine.close()
  })
}

main().catch((error: Error) => {
  log.error('start-failed', { error })
  process.exit(1)
})
