/** A WebSocket (RFC 6455) without its socket. */
export interface WebSocketConnection {
  /**
   * Text messages, each read only when the one before was dealt with. Ends when the client is gone, and when we are going away; what is under way then
   * can still be answered.
   */
  messages(): AsyncIterable<string>
  /** Resolves when the client has taken enough of it to be sent more; does nothing once the connection is closed. */
  send(text: string): Promise<void>
  close(code: number, reason: string): void
}

/** Takes a connection over whose client asked for it. */
export type ServeWebSocket = (connection: WebSocketConnection) => Promise<void>
