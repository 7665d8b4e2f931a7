/** Whether a webhook may be told at this URL; where it leads is seen when it is asked. `loopback`: on this machine itself TLS is not needed. */
export function isWebhookUrl(url: string, loopback: boolean): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, hostname, username, password } = new URL(url)
  if (hostname === '' || username !== '' || password !== '') return false
  return protocol === 'https:' || (loopback && protocol === 'http:')
}
