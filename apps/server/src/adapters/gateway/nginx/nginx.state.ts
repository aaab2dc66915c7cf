import { createPublicKey } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import {
  bounds,
  endpointText,
  gatewayKeys,
  mayRunServices,
  readServableTable,
  role,
  type Endpoint,
  type GatewayKeys,
  type GatewayTable,
  noGatewayKeys,
  type GateKeys,
  type GateRevoked,
  type GateState,
  type GateTable,
} from '@vitrine/contract'
import { readJsonIfThere } from '../../../lib/if-there.ts'
import type { DataPaths } from '../../../lib/paths.ts'
import { writeFileAtomically } from '@vitrine/contract/write-file-atomically'
import { gatewayRefused } from '../gateway.errors.ts'
import { luaGroup } from './nginx.hot-path.ts'
import { withUsed } from './nginx.used-names.ts'
import { isRouteForLua, upstreamName, type GroupedTable } from './nginx.upstreams.ts'

/** Returns every address that a table wants to listen on. */
export const wantedAddresses = (table: GatewayTable) =>
  table.revision === 0
    ? []
    : [table.public, ...table.routes.flatMap(({ front }) => (front === null ? [] : [front]))]

/** The URL of a path at an endpoint. nginx needs a colon after the path of a unix socket. */
const urlAt = (of: Endpoint, path: string) => `http://${endpointText(of)}${'socket' in of ? ':' : ''}${path}`

/** Converts a table to the form for the script inside nginx. */
export function gateTable({ table, groups }: GroupedTable, hasLua: boolean): GateTable {
  const { control, wake, jwt } = table
  return {
    revision: table.revision,
    wake: control && wake && { url: urlAt(control, wake.path), token: wake.token },
    jwt: { issuer: jwt.issuer, public_key: publicKey.parse(jwt.public_key), roles: role.options },
    routes: table.routes.map((route) => {
      const [first, ...others] = route.upstreams
      const upstream = upstreamName(route, hasLua, groups)
      const isAddress = first !== undefined && upstream === endpointText(first)
      return {
        service_id: route.service_id,
        state: route.state === 'up' && !first ? 'starting' : route.state,
        auth: route.auth,
        release: route.release,
        upstream,
        way: hasLua && !isAddress ? upstream || luaGroup : null,
        upstreams: route.upstreams.map((one) => ({
          address: endpointText(one),
          instance_id: one.instance_id,
          ...(hasLua && 'listeners' in one && one.listeners && { listeners: one.listeners }),
        })),
        instance_id: first && others.length === 0 ? first.instance_id : null,
        rate_limit: route.rate_limit,
        body_bytes: route.body_bytes,
        ...(route.group !== undefined && { group: route.group }),
      }
    }),
  }
}

/** Converts API keys, revoked logins and grants to the form for the script inside nginx. */
export const gateKeys = ({ keys, revoked, grants = [] }: GatewayKeys): GateKeys => ({
  keys: keys.map((key) => ({
    sha256: key.sha256,
    caller: `key:${key.id}`,
    mayRun: mayRunServices(key.scopes),
    services: key.service_ids,
    expiresMs: key.expires_at === null ? null : Date.parse(key.expires_at),
    rate_limit: key.rate_limit,
  })),
  revoked: gateRevoked(revoked),
  grants,
})

const gateRevoked = (revoked: GatewayKeys['revoked']): GateRevoked => ({
  until: Math.max(0, ...revoked.map(({ until }) => Date.parse(until))),
  before: Object.fromEntries(
    revoked.map(({ subject, before_generation }) => [subject, before_generation ?? Number.MAX_SAFE_INTEGER]),
  ),
})

const publicKey = z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), x: z.string(), y: z.string() })

const refuse = (reason: string) => gatewayRefused({ reason, address: null, holder: null })

/** Throws for a fault that nginx itself would not notice: an invalid key. */
export function checkKey(table: GatewayTable): void {
  const key = publicKey.safeParse(table.jwt.public_key)
  if (!key.success) throw refuse('the public key is not one on P-256, which alone nginx can check')
  try {
    createPublicKey({ key: { ...key.data }, format: 'jwk' })
  } catch (error) {
    throw refuse(`the public key cannot be read: ${String(error)}`)
  }
}

/** What the driver keeps in addition to table and keys. */
const remembered = z.object({
  /** Blocks of a hundred ports for which nginx has upstreams. */
  blocks: z.array(z.object({ host: z.string(), first: z.number().int() })),
  /** Unix sockets for which nginx has upstreams. Without Lua, a new one needs a reload. */
  sockets: z.array(z.string()),
  /** For each instance, the upstreams through which it got requests, the newest last. */
  upstreamsOf: z.record(z.string(), z.array(z.string())),
  /** Services that have or had several instances. With Lua, one reload is enough for all later changes of these. */
  groups: z.array(z.string()),
})
/** What the driver keeps in addition to table and keys. */
export type Remembered = z.infer<typeof remembered>
/** The initial value, before the first table. */
export const nothingRemembered: Remembered = { blocks: [], sockets: [], upstreamsOf: {}, groups: [] }

const mostBlocks = 40
const mostSockets = 400
/** How many instances are remembered that the table has no more. */
const mostFormer = 2_000
const blockSize = 100

/**
 * Adds the upstreams of a table. Of the others, those unused for the longest time are dropped if there are too many. An instance of the
 * table always stays: one without a name would count as one without requests, and be ended in the middle of them.
 */
export function remember(before: Remembered, table: GatewayTable, hasLua: boolean): Remembered {
  const upstreamsOf = { ...before.upstreamsOf }
  const groups = new Set(hasLua ? groupsOf(table, before.groups) : [])
  const serving = table.routes.reduce((sum, route) => sum + route.upstreams.length, 0)
  for (const route of table.routes) {
    for (const upstream of route.upstreams) {
      const { instance_id } = upstream
      const names = upstreamsOf[instance_id]
      const address = endpointText(upstream)
      delete upstreamsOf[instance_id]
      const name = upstreamName(route, hasLua, groups) || address
      upstreamsOf[instance_id] = withUsed(names, [name, address])
    }
  }
  const [ofTable, used] = [blocksOf(table), socketsOf(table)]
  const blocks = distinctBlocks([...before.blocks, ...ofTable])
  const sockets = [...new Set([...before.sockets, ...used])]
  return {
    blocks: blocks.length > mostBlocks ? ofTable : blocks,
    sockets: sockets.length > mostSockets ? used : sockets,
    upstreamsOf: Object.fromEntries(Object.entries(upstreamsOf).slice(-(serving + mostFormer))),
    groups: [...groups],
  }
}

/** Services whose instances Lua picks: from the time when a service first has several until it is deleted. */
const groupsOf = ({ routes }: GatewayTable, before: readonly string[]): string[] =>
  routes
    .filter((route) => route.upstreams.length > 1 || before.includes(route.service_id))
    .filter(isRouteForLua)
    .map((route) => route.service_id)

const distinctBlocks = (all: Remembered['blocks']): Remembered['blocks'] =>
  all.filter(
    (one, index) => all.findIndex(({ host, first }) => host === one.host && first === one.first) === index,
  )

const blocksOf = (table: GatewayTable): Remembered['blocks'] =>
  distinctBlocks(
    table.routes.flatMap((route) =>
      route.upstreams.flatMap((one) =>
        'socket' in one ? [] : [{ host: one.host, first: Math.floor(one.port / blockSize) * blockSize }],
      ),
    ),
  )

const socketsOf = (table: GatewayTable): string[] =>
  table.routes.flatMap((route) => route.upstreams.flatMap((one) => ('socket' in one ? [one.socket] : [])))

/** Every endpoint that has an upstream in advance: all ports of the blocks, and the sockets. */
export const namedEndpoints = ({ blocks, sockets }: Remembered): Endpoint[] => [
  ...blocks.flatMap(({ host, first }) =>
    Array.from({ length: blockSize }, (_, index) => ({ host, port: first + index })).filter(
      ({ port }) => port >= bounds.port.min && port <= bounds.port.max,
    ),
  ),
  ...sockets.map((socket) => ({ socket })),
]

/** Reads the last table, without what no gateway can serve. Null if there is none. */
export async function readTable(path: string): Promise<GatewayTable | null> {
  const stored = await readJsonIfThere(path, z.unknown())
  return stored === null ? null : readServableTable(stored).table
}
const readKeys = async (path: string): Promise<GatewayKeys> =>
  (await readJsonIfThere(path, gatewayKeys)) ?? noGatewayKeys
const readRemembered = async (path: string): Promise<Remembered> =>
  (await readJsonIfThere(path, remembered)) ?? nothingRemembered

/** Everything that a driver keeps. */
type Kept = { table: GatewayTable; keys: GatewayKeys; remembered: Remembered }
/** The files in which a driver keeps its state. */
export type StateFiles = ReturnType<typeof stateFiles>

/**
 * Keeps table and keys in files for every driver, and in nginx's folder the file that its script reads when
 * nginx starts. Most tables change neither the keys nor the remembered upstreams, and each write waits for the
 * disk. So an unchanged file is not written again.
 */
export function stateFiles(
  folder: string,
  paths: Pick<DataPaths, 'gatewayTable' | 'gatewayKeys'>,
  hasLua: boolean,
) {
  const places = { state: join(folder, 'state.json'), remembered: join(folder, 'remembered.json') }
  const written = new Map<string, string>()

  async function write(path: string, value: unknown): Promise<void> {
    const text = JSON.stringify(value)
    if (written.get(path) === text) return
    await writeFileAtomically(path, text, 0o600)
    written.set(path, text)
  }

  return {
    read: async (): Promise<Omit<Kept, 'table'> & { table: GatewayTable | null }> => ({
      table: await readTable(paths.gatewayTable),
      keys: await readKeys(paths.gatewayKeys),
      remembered: await readRemembered(places.remembered),
    }),
    async write(kept: Kept): Promise<void> {
      const { table, keys } = kept
      const grouped = { table, groups: new Set(kept.remembered.groups) }
      const state: GateState = { table: gateTable(grouped, hasLua), ...gateKeys(keys) }
      await write(places.state, { json: JSON.stringify(state) })
      await write(places.remembered, kept.remembered)
      await write(paths.gatewayKeys, keys)
      if (table.revision > 0) await write(paths.gatewayTable, table)
    },
  }
}
