/** Tables for people, JSON for programs. */
import type { Fields } from './client.ts'

export type Result =
  /** Rows of the named columns; programs get the list. */
  | {
      kind: 'table'
      columns: readonly string[]
      rows: readonly Fields[]
      /** Some of it was not done: the exit code says so. */
      failed?: boolean
    }
  /** A sentence; programs get the value. */
  | { kind: 'done'; text: string; value: Fields }

export function formatResult(result: Result, json: boolean): string {
  if (json) return JSON.stringify(result.kind === 'table' ? result.rows : result.value, null, 2)
  if (result.kind === 'done') return result.text
  return formatTable(result.columns, result.rows)
}

export function formatTable(columns: readonly string[], rows: readonly Fields[]): string {
  if (rows.length === 0) return 'There are none.'
  const cells = [columns.map((column) => column.toUpperCase().replaceAll('_', ' '))]
  for (const row of rows) cells.push(columns.map((column) => cellText(row[column])))
  const widths = columns.map((_, at) => Math.max(...cells.map((line) => line[at]!.length)))
  return cells
    .map((line) =>
      line
        .map((cell, at) => cell.padEnd(widths[at]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return '-'
  // Nothing that was stored may steer the terminal it is shown on.
  return (Array.isArray(value) ? value.join(', ') : String(value)).replace(/[\x00-\x1f\x7f-\x9f]/g, '?')
}
