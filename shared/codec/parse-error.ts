/**
 * What a peer sent is not what the grammar allows. Its text is safe to show to that peer (it quotes none of the input);
 * each server has one answer to it: SMTP 501 5.5.4, IMAP BAD, HTTP 400.
 */
export class ParseError extends Error {
  override readonly name: string = 'ParseError'
}
