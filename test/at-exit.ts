/**
 * Does `work` at once when this process ends, or is told to, for what would outlive it: daemons, and servers in a session of their own.
 * What is returned takes that back.
 */
export function atExit(work: () => void): () => void {
  const exit = () => process.exit(1)
  process.once('exit', work).once('SIGINT', exit).once('SIGTERM', exit)
  return () => {
    process.off('exit', work).off('SIGINT', exit).off('SIGTERM', exit)
  }
}
