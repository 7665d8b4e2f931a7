/** Milliseconds of processor that this process has used. Unlike time by the clock, a busy machine adds little to it. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
