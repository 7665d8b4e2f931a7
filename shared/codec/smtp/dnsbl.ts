/** Lists of addresses in the domain name system (RFC 5782). */

/** The name under which a zone lists the address: its octets, or the nibbles of IPv6, in reverse (§2.1, §2.4). Undefined: no address. */
export function formatDnsblName(address: string, zone: string): string | undefined {
  const parts = address.includes(':') ? nibblesOf(address) : octetsOf(address)
  return parts && `${parts.reverse().join('.')}.${zone}`
}

/** An answer of 127.0.0.0/8 lists the address; 127.255.255.0/24 is how lists of today say that they do not answer us. */
export function isListing(record: string): boolean {
  return record.startsWith('127.') && !record.startsWith('127.255.255.')
}

function octetsOf(address: string): string[] | undefined {
  const octets = address.split('.')
  const good = octets.length === 4 && octets.every((octet) => /^[0-9]{1,3}$/.test(octet) && Number(octet) < 256)
  return good ? octets : undefined
}

/** 32 of them (RFC 3596 §2.5); a dotted quad at the end stands for two groups (RFC 4291 §2.2). */
function nibblesOf(address: string): string[] | undefined {
  const [head = '', tail, ...more] = address.toLowerCase().split('::')
  if (more.length > 0) return undefined
  const front = groupsOf(head)
  const back = tail === undefined ? [] : groupsOf(tail)
  if (front === undefined || back === undefined) return undefined
  const missing = 8 - front.length - back.length
  if (missing < 0 || (tail === undefined && missing > 0)) return undefined
  const groups = [...front, ...Array<string>(missing).fill('0'), ...back]
  return [...groups.map((group) => group.padStart(4, '0')).join('')]
}

function groupsOf(text: string): string[] | undefined {
  if (text === '') return []
  const groups: string[] = []
  for (const group of text.split(':')) {
    const quad = group.includes('.') ? octetsOf(group) : undefined
    if (quad !== undefined) {
      const [a, b, c, d] = quad.map(Number) as [number, number, number, number]
      groups.push((a * 256 + b).toString(16), (c * 256 + d).toString(16))
    } else if (/^[0-9a-f]{1,4}$/.test(group)) groups.push(group)
    else return undefined
  }
  return groups
}
