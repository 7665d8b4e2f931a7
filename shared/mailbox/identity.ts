/** A name and address that an account sends as (RFC 8621 §6). */
export interface Identity {
  id: string
  email: string
  name: string
  replyTo: readonly NamedEmail[] | null
  bcc: readonly NamedEmail[] | null
  textSignature: string
  htmlSignature: string
}

export interface NamedEmail {
  name: string | null
  email: string
}
