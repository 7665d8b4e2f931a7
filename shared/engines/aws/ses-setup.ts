/** What SES says once to a topic that it was told of, whatever the topic is for; it names no message. */
export function isSesSetup(body: string): boolean {
  return body.startsWith('Successfully validated SNS topic')
}
