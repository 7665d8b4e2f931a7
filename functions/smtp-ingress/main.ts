/** Mail from the world on 25, from our users on 465 and 587: the task behind SMTP's ports. */
import { openDeployedEngine } from '../../shared/engines/aws/deployed.ts'
import { writeHostAddress } from '../../shared/engines/aws/host-address.ts'
import { readSecret } from '../../shared/engines/aws/secret.ts'
import { openGuardPorts } from '../../shared/engines/common/guard-ports.ts'
import { openGuard } from '../../shared/flows/arrivals/guard.ts'
import { log, setLogLevel } from '../../shared/log.ts'
import { measuredEngine } from '../../shared/ports/measured-engine.ts'
import { postmasterOf } from '../../shared/servers/smtp/postmaster.ts'
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
  const guarding = openGuardPorts(engine, settings.guard, settings.hostName)
  const guard = openGuard({
    ...guarding.ports,
    limits: settings.limits,
    trustedSealers: settings.guard.trustedSealers,
    watches: () => true,
  })
  const postmaster = postmasterOf(settings)
  const zoneId = settings.find('hostedZone')
  if (zoneId !== undefined) {
    const address = await writeHostAddress({ hostName: settings.hostName, zoneId, clock: engine.clock })
    log.info('address-written', { hostName: settings.hostName, address })
  }
  const task = await startMailTask({
    name: 'smtp-ingress',
    doors: ['smtp', 'submission', 'submissions'],
    settings,
    store: openStore(measuredEngine(engine)),
    certificates,
    guard,
    ...(postmaster && { postmaster }),
  })
  process.on('SIGHUP', () => certificates.lookAgain())
  drainOnSignal(task, async () => {
    stopping.abort()
    await guarding.close()
    await engine.close()
  })
}

main().catch((error: Error) => {
  log.error('start-failed', { error })
  process.exit(1)
})
