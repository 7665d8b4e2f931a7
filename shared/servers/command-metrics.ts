import { counter, histogram } from '../metrics.ts'

export type Protocol = 'smtp' | 'imap' | 'pop3' | 'jmap'

const COMMANDS = counter('tubepost_commands_total', 'Commands by name and by how they were answered.', [
  'protocol',
  'command',
  'result',
])
const SECONDS = histogram('tubepost_command_seconds', 'From a command to its answer.', ['protocol', 'command'])

/** `command` is a name of the protocol's table, or `none`; `startedMs` of `performance.now()`. */
export function countCommand(protocol: Protocol, command: string, result: string, startedMs: number): void {
  COMMANDS.add(1, protocol, command, result)
  SECONDS.observe((performance.now() - startedMs) / 1000, protocol, command)
}
