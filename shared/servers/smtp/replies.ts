import { type Reply, reply } from '../../codec/smtp/reply.ts'

/** The answers that more than one command gives (RFC 5321 §4.2, codes of RFC 3463 and RFC 4954). */
export const REPLIES = {
  startTls: reply(220, '2.0.0', 'Ready to start TLS'),
  ok: reply(250, '2.0.0', 'OK'),
  syntax: reply(500, '5.5.2', 'Syntax error'),
  lineTooLong: reply(500, '5.5.2', 'Line too long'),
  bareLineEnd: reply(500, '5.5.2', 'Lines end in CR LF'),
  unknownCommand: reply(500, '5.5.1', 'Command unrecognized'),
  badArguments: reply(501, '5.5.4', 'Syntax error in parameters or arguments'),
  unknownParameter: reply(555, '5.5.4', 'Parameter not recognized'),
  notImplemented: reply(502, '5.5.1', 'Command not implemented'),
  greetFirst: reply(503, '5.5.1', 'Send EHLO first'),
  noTransaction: reply(503, '5.5.1', 'Send MAIL first'),
  inTransaction: reply(503, '5.5.1', 'A mail transaction is open already'),
  binaryNeedsBdat: reply(503, '5.5.1', 'BODY=BINARYMIME goes with BDAT'),
  bdatBegun: reply(503, '5.5.1', 'The message has begun with BDAT'),
  noRecipients: reply(554, '5.5.1', 'No valid recipients'),
  authenticateFirst: reply(530, '5.7.0', 'Authentication required'),
  tooLarge: reply(552, '5.3.4', 'Message exceeds the size limit'),
  looping: reply(554, '5.4.6', 'Too many Received fields: the message loops'),
  bareInContent: reply(554, '5.6.0', 'The message has a CR or LF that is not part of a CR LF'),
  internalError: reply(451, '4.3.0', 'Local error, try again later'),
  noRoom: reply(452, '4.3.1', 'No room for mail here now, try again later'), // RFC 5321 §4.2.3, RFC 3463 §3.4
  tooManyErrors: reply(421, '4.7.0', 'Too many errors'),
  idle: reply(421, '4.4.2', 'Timeout, closing connection'),
  stopping: reply(421, '4.3.2', 'Service is about to stop, try again later'),
} as const satisfies Record<string, Reply>
