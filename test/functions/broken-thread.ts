/** Loaded into a server (`--import`): one of its threads meets a fault once a file is there. TUBEPOST_TEST_FAULT says which, how, and the file. */
import { existsSync } from 'node:fs'
import { isMainThread, workerData } from 'node:worker_threads'

const name = workerData?.linkBase !== undefined ? 'work' : workerData?.path !== undefined ? 'writer' : undefined
const [thread, how, file] = (process.env['TUBEPOST_TEST_FAULT'] ?? '').split(' ')

if (!isMainThread && name === thread) {
  setInterval(() => {
    if (!existsSync(file!)) return
    if (how === 'exits') process.exit(3)
    throw new Error('a fault of ours')
  }, 20)
}
