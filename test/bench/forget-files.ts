import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** Node has no fadvise. What was written must be on the disk before the system can forget it. */
const FORGET = `
import os, sys
os.sync()
for folder, _, names in os.walk(sys.argv[1]):
    for path in (os.path.join(folder, name) for name in names):
        if os.path.islink(path) or not os.path.isfile(path): continue
        file = os.open(path, os.O_RDONLY)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(file)
`

/** The system no longer holds a folder's files in memory, so that the next to read them waits for the disk; other files stay as they are. */
export async function forgetFiles(folder: string): Promise<void> {
  await promisify(execFile)('python3', ['-c', FORGET, folder])
}
