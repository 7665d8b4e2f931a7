const KEPT = /[A-Za-z0-9!#$&+.^_`|~-]/

/** Content-Disposition for a download (RFC 6266): a name every client reads, and the true one in UTF-8 (RFC 8187 §3.2). */
export function attachmentDisposition(filename: string): string {
  const plain = Array.from(filename, (character) => (/[ !#-[\]-~]/.test(character) ? character : '_')).join('')
  let extended = ''
  for (const octet of Buffer.from(filename)) {
    const character = String.fromCharCode(octet)
    extended += KEPT.test(character) ? character : `%${octet.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return `attachment; filename="${plain}"; filename*=UTF-8''${extended}`
}
