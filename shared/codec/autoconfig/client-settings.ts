/** What a mail program has to know to use an address. */
export interface ClientSettings {
  /** Of the address, and undefined where none was asked for. */
  address: string | undefined
  domain: string
  hostName: string
  /** Implicit TLS on all but `submission`, which has STARTTLS (RFC 8314 §3). */
  ports: { imaps: number; pop3s: number; submissions: number; submission: number }
}
