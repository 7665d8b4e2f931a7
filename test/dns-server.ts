/** A server of the domain name system on this machine (RFC 1035 §4), which answers over UDP what a test says. */
import { createSocket } from 'node:dgram'
import type { DnsType } from '../shared/ports/dns.ts'

/** RFC 1035 §3.2.2 and those after it. */
const TYPES: Record<DnsType, number> = { A: 1, NS: 2, CNAME: 5, PTR: 12, MX: 15, TXT: 16, AAAA: 28, TLSA: 52, SRV: 33 }
const HEADER_OCTETS = 12
const NO_SUCH_NAME = 3

export interface DnsAnswer {
  type: DnsType
  /** RDATA of each record (RFC 1035 §3.3). */
  records: Buffer[]
  rcode?: number
}

export interface DnsServer {
  /** `127.0.0.1:port`, as resolvers take it. */
  address: string
  close(): void
}

/** `answer` gets the name in small letters; undefined: nothing is said. */
export async function startDnsServer(answer: (name: string) => DnsAnswer | undefined): Promise<DnsServer> {
  const socket = createSocket('udp4')
  socket.on('message', (query, { port, address }) => {
    const said = answer(nameOf(query))
    if (said !== undefined) socket.send(responseTo(query, said), port, address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', () => resolve()))
  return { address: `127.0.0.1:${socket.address().port}`, close: () => socket.close() }
}

/** A server of TXT records by their names; others do not exist. */
export function startTxtServer(records: ReadonlyMap<string, string>): Promise<DnsServer> {
  return startDnsServer((name) => {
    const text = records.get(name)
    if (text === undefined) return { type: 'TXT', records: [], rcode: NO_SUCH_NAME }
    return { type: 'TXT', records: [characterStrings(...(text.match(/.{1,255}/g) ?? ['']))] }
  })
}

/** RFC 1035 §3.3.14: each of at most 255 octets. */
export function characterStrings(...strings: string[]): Buffer {
  return Buffer.concat(strings.map((one) => Buffer.from([Buffer.byteLength(one), ...Buffer.from(one)])))
}

function nameOf(query: Buffer): string {
  const labels: string[] = []
  for (let at = HEADER_OCTETS; query[at] !== 0; at += query[at]! + 1) {
    labels.push(query.toString('latin1', at + 1, at + 1 + query[at]!))
  }
  return labels.join('.').toLowerCase()
}

function responseTo(query: Buffer, { type, records, rcode = 0 }: DnsAnswer): Buffer {
  const questionEnd = query.indexOf(0, HEADER_OCTETS) + 5
  const header = Buffer.from(query.subarray(0, HEADER_OCTETS))
  header.writeUInt16BE(0x8180 | rcode, 2) // response, recursion desired and available
  header.writeUInt16BE(records.length, 6)
  header.writeUInt32BE(0, 8)
  const answers = records.map((data) => {
    const record = Buffer.alloc(12)
    record.writeUInt16BE(0xc00c, 0) // the name of the question (RFC 1035 §4.1.4)
    record.writeUInt16BE(TYPES[type], 2)
    record.writeUInt16BE(1, 4)
    record.writeUInt16BE(data.length, 10)
    return Buffer.concat([record, data])
  })
  return Buffer.concat([header, query.subarray(HEADER_OCTETS, questionEnd), ...answers])
}
