const OCTETS = 15

/** A password of 120 random bits. */
export function madePassword(): string {
  const octets = crypto.getRandomValues(new Uint8Array(OCTETS))
  return btoa(String.fromCharCode(...octets))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
}
