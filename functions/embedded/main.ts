/** `npm start`: all of Tubepost in one process. */
import { log, setLogLevel } from '../../shared/log.ts'
import { readEmbeddedSettings, SettingError } from '../../shared/settings.ts'
import { startServer } from './server.ts'

const OLDEST_NODE = 24
/** What only whoever runs this can mend; so is what the system refuses: an address that is taken, a folder that may not be written to. */
const OPERATORS: ReadonlySet<string> = new Set(['FolderInUseError', 'DatabaseError'])

async function main(): Promise<void> {
  if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
    throw new Error(
      `Node ${OLDEST_NODE} is needed and this is ${process.version}: start with "npm start" after "npm ci"`,
    )
  }
  const settings = readEmbeddedSettings(process.env)
  setLogLevel(settings.log)
  const server = await startServer(settings)
  process.on('SIGHUP', () => server.reloadCertificate())
  let stopping = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1) // asked twice: at once
      stopping = true
      server.stop().then(
        () => process.exit(0),
        (error: Error) => {
          log.error('stop-failed', { error })
          process.exit(1)
        },
      )
    })
  }
  // After all that: whoever waits for this line may send a signal as soon as it reads it.
  process.stdout.write(`ready ${JSON.stringify({ host: settings.host, ...server.ports })}\n`)
}

try {
  await main()
} catch (error) {
  const { name, message, stack } = error as Error
  // What the operator can mend is one line; the rest is ours, with its trace.
  const plain =
    error instanceof SettingError || OPERATORS.has(name) || (error as NodeJS.ErrnoException).syscall !== undefined
  process.stderr.write(`tubepost: ${plain ? message : stack}\n`)
  process.exitCode = 1
}
