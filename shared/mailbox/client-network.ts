/** What limits per address count: an IPv4 address, and of IPv6 the /64, as a single customer has all of one (RFC 6177 §2). */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const after = tail === '' ? [] : tail.split(':')
    // A dotted quad at the end stands for two groups (RFC 4291 §2.2).
    const width = after.length + (after.at(-1)?.includes('.') ? 1 : 0)
    for (let missing = 8 - groups.length - width; missing > 0; missing--) groups.push('0')
    groups.push(...after)
  }
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}
