import { join } from 'node:path'
import { z } from 'zod'
import {
  changesFileOf,
  changeToStore,
  gatewayKeys,
  noGatewayKeys,
  readStoredTable,
  type GateChange,
  type GateState,
  type GatewayKeys,
  type GatewayTable,
} from '@vitrine/contract'
import { writeFileAtomically } from '@vitrine/contract/write-file-atomically'
import { readJsonIfThere } from '../../../lib/if-there.ts'
import { pathExists } from '../../../lib/path-exists.ts'
import type { DataPaths } from '../../../lib/paths.ts'
import { nothingRemembered, remembered, type Remembered } from './nginx.remembered.ts'
import { gateChange, gateKeys, gateTable } from './nginx.state.ts'

/** Reads the last table, without what no gateway can serve. Null if there is none. */
export async function readTable(path: string): Promise<GatewayTable | null> {
  const stored = await readJsonIfThere(path, z.unknown())
  return stored === null
    ? null
    : readStoredTable(stored, await readJsonIfThere(changesFileOf(path), z.unknown()))
}
const readKeys = async (path: string): Promise<GatewayKeys> =>
  (await readJsonIfThere(path, gatewayKeys)) ?? noGatewayKeys
const readRemembered = async (path: string): Promise<Remembered> =>
  (await readJsonIfThere(path, remembered)) ?? nothingRemembered

/** Everything that a driver keeps. */
type Kept = { table: GatewayTable; keys: GatewayKeys; remembered: Remembered }
/** The files in which a driver keeps its state. */
export type StateFiles = ReturnType<typeof stateFiles>

const noChange: GateChange = { base: 0, revision: 0, routes: [], removed: [] }
/** What the script reads: a text, so that nginx keeps no values of it. */
const asText = (value: GateState | GateChange) => ({ json: JSON.stringify(value) })

/**
 * Keeps table and keys in files for every driver, and in nginx's folder the files that its script reads when
 * nginx starts. Most tables change neither the keys nor the remembered upstreams, and each write waits for the
 * disk. So an unchanged file is not written again, and of a large table only what has changed.
 */
export function stateFiles(
  folder: string,
  paths: Pick<DataPaths, 'gatewayTable' | 'gatewayKeys'>,
  hasLua: boolean,
) {
  const places = { state: join(folder, 'state.json'), remembered: join(folder, 'remembered.json') }
  const written = new Map<string, string>()
  /** What is in the files with whole tables, if they were written. */
  let inState: Pick<Kept, 'table' | 'keys'> | null = null
  let inTable: GatewayTable | null = null

  const put = (path: string, text: string) => writeFileAtomically(path, text, 0o600)
  async function write(path: string, value: unknown): Promise<void> {
    const text = JSON.stringify(value)
    if (written.get(path) === text) return
    await put(path, text)
    written.set(path, text)
  }

  async function writeState({ table, keys, remembered: { groups } }: Kept): Promise<void> {
    const form = { groups: new Set(groups), hasLua }
    const changesFile = changesFileOf(places.state)
    const before = inState?.keys === keys ? inState.table : null
    if (before === table) return
    const change = changeToStore(before, table)
    if (change !== null) return write(changesFile, asText(gateChange(change, form)))
    inState = null
    if (!(await pathExists(changesFile))) await put(changesFile, JSON.stringify(asText(noChange)))
    await put(places.state, JSON.stringify(asText({ table: gateTable(table, form), ...gateKeys(keys) })))
    inState = { table, keys }
  }

  async function writeTable(table: GatewayTable): Promise<void> {
    if (table.revision === 0 || table === inTable) return
    const change = changeToStore(inTable, table)
    if (change !== null) return write(changesFileOf(paths.gatewayTable), change)
    inTable = null
    await put(paths.gatewayTable, JSON.stringify(table))
    inTable = table
  }

  return {
    read: async (): Promise<Omit<Kept, 'table'> & { table: GatewayTable | null }> => ({
      table: await readTable(paths.gatewayTable),
      keys: await readKeys(paths.gatewayKeys),
      remembered: await readRemembered(places.remembered),
    }),
    async write(kept: Kept): Promise<void> {
      await writeState(kept)
      await write(places.remembered, kept.remembered)
      await write(paths.gatewayKeys, kept.keys)
      await writeTable(kept.table)
    },
  }
}
