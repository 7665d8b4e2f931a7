/** How POP3 treats the mailboxes of a tenant. */
export interface Pop3Settings {
  /** What RETR has sent counts as read by the other protocols. */
  retrMarksSeen: boolean
  /** What DELE and QUIT delete goes to Trash, where the account keeps one. */
  deleMovesToTrash: boolean
}

export const DEFAULT_POP3: Pop3Settings = { retrMarksSeen: false, deleMovesToTrash: false }
