import type { GateChange, GateKeys, GateTable } from '@vitrine/contract'
import { applyChange, applyClosing, applyKeys, applyTable, ensureReady, revision } from './shared-state.ts'

/**
 * Applies a message of the control plane: `/table`, `/change` (of the table in force), `/keys`, or `/closing`. During a
 * closing time, given in milliseconds, each answer closes its connection, so that a reload meets no idle ones. Returns the
 * revision that every worker follows from now on. The status is 409 for a change of another table.
 */
export function applyMessage(path: string, text: string): { status: number; body: string } {
  try {
    ensureReady()
    if (path === '/table') {
      const table: GateTable = JSON.parse(text)
      applyTable(table)
    } else if (path === '/change') {
      const sent: GateChange = JSON.parse(text)
      if (!applyChange(sent)) return { status: 409, body: JSON.stringify({ revision: revision() }) }
    } else if (path === '/keys') {
      const keys: GateKeys = JSON.parse(text)
      applyKeys(keys)
    } else if (path === '/closing') {
      const leaseMs: number = JSON.parse(text)
      applyClosing(Date.now() + leaseMs)
    }
    return { status: 200, body: JSON.stringify({ revision: revision(), missing: 0 }) }
  } catch (error) {
    return { status: 422, body: JSON.stringify({ reason: String(error), address: null }) }
  }
}
