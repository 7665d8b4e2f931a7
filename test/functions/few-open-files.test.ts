/** Where the system lets the process open few files (`ulimit -n`): connections beyond are told so, and who is signed in still reads and writes. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { connectionsPossible } from '../../functions/embedded/connections-possible.ts'
import { setLogLevel } from '../../shared/log.ts'

setLogLevel('silent')

test('connections leave room for files', () => {
  for (const [wanted, openFiles, mail, http] of [
    [20_000, Number.POSITIVE_INFINITY, 20_000, 20_000],
    [20_000, 1_048_576, 20_000, 20_000],
    [20_000, 20_000, 14_808, 4_936],
    [20_000, 1024, 576, 192],
    [20_000, 150, 57, 18],
    [50, 1024, 50, 50],
  ] as const)
    assert.deepEqual(connectionsPossible(wanted, openFiles), { mail, http }, `${wanted} of ${openFiles}`)
})

test('the limit is the one of this process', () => {
  const soft = Number(
    execFileSync('sh', ['-c', 'grep "Max open files" /proc/$PPID/limits'], { encoding: 'latin1' }).split(/\s{2,}/)[1],
  )
  const { mail, http } = connectionsPossible(1_000_000_000)
  assert.ok(mail + http < soft && mail + http >= soft / 2, `${mail} and ${http} of ${soft}`)
})
