/** Letters, digits, `-` and `_`, 64 at most. */
export function sesTenantName(prefix: string, tenant: string): string {
  return `${prefix}${tenant}`
}
