import { createHash, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import {
  accessLogLine,
  plainEdge,
  type AccessLogLine,
  type GatewayKeys,
  type GatewayRoute,
  type GatewayTable,
} from '@vitrine/contract'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { ifThere } from '../../lib/if-there.ts'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { waitFor } from '../../lib/wait-for.ts'
import type { Gateway } from './gateway.ts'
import { freePort, startRawUpstream, startUpstream, type TestUpstream } from './gateway.test-upstream.ts'

/** A gateway under test, created by each driver's test file. */
export type GatewayUnderTest = {
  gateway: Gateway
  /** Creates another driver object on the same data, as after a restart of the control plane. */
  createAgain: () => Gateway
  accessLogFile: string
  /** The files in which it keeps the last table and keys. */
  files: { table: string; keys: string }
  /** Process id of the running gateway. */
  pid: () => Promise<number>
  dispose: () => Promise<void>
}

/** What a test may change of a gateway: how long a client may take nothing of an answer, in milliseconds. */
export type GatewayPart = { stalledMs?: number }

/** Creates a gateway with an empty data folder, not yet opened. */
export type CreateGateway = (part?: GatewayPart) => Promise<GatewayUnderTest>

type World = Awaited<ReturnType<typeof createWorld>>
/** An open gateway, with what tests need around it. */
export type GatewayWorld = World

const issuer = 'vitrine-test'

/** Opens a gateway on a free public port, with a signing key. Its instances are closed with it. */
export async function createWorld(createGateway: CreateGateway) {
  const under = await createGateway()
  const port = await freePort()
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const publicJwk = { ...(await exportJWK(publicKey)) }
  const upstreams: Pick<TestUpstream, 'close'>[] = []
  let revision = 0
  await under.gateway.open()

  const table = (part: Partial<GatewayTable>): GatewayTable => ({
    version: 1,
    revision: ++revision,
    public: { host: '127.0.0.1', port },
    edge: plainEdge,
    control: null,
    wake: null,
    jwt: { issuer, public_key: publicJwk },
    routes: [],
    ...part,
  })

  /** Starts an instance that is closed with this world. */
  const instance = async (...args: Parameters<typeof startUpstream>): Promise<TestUpstream> => {
    const upstream = await startUpstream(...args)
    upstreams.push(upstream)
    return upstream
  }
  let usual: Promise<TestUpstream> | null = null

  return {
    ...under,
    port,
    publicJwk,
    table,
    /** Applies a table with these routes. */
    serve: (routes: GatewayRoute[], part: Partial<GatewayTable> = {}) =>
      under.gateway.apply(table({ ...part, routes })),
    instance,
    /** The instance of tests that need none of their own. A table that is as before is not loaded again by nginx. */
    usual: () => (usual ??= instance()),
    /** Starts an instance that writes its own bytes. It is closed with this world. */
    async rawInstance(...args: Parameters<typeof startRawUpstream>) {
      const upstream = await startRawUpstream(...args)
      upstreams.push(upstream)
      return upstream
    },
    /** Makes a login token. `by` signs it with another key than the platform's. */
    async token(
      claims: {
        sub?: string
        sid?: string
        gen?: number
        role?: string
        exp?: number | string
        issuer?: string
        by?: CryptoKey
      } = {},
    ) {
      return new SignJWT({
        name: 'tester',
        role: claims.role ?? 'viewer',
        sid: claims.sid ?? 'a-session',
        gen: claims.gen ?? 0,
      })
        .setProtectedHeader({ alg: 'ES256' })
        .setIssuer(claims.issuer ?? issuer)
        .setSubject(claims.sub ?? 'tester')
        .setIssuedAt()
        .setExpirationTime(claims.exp ?? '5m')
        .sign(claims.by ?? privateKey)
    },
    /** Waits for the access log's line for this request. */
    async logged(requestId: string): Promise<AccessLogLine> {
      const line = await waitFor(() => findLine(under.accessLogFile, requestId), { timeoutMs: patienceMs })
      if (!line) throw new Error(`the access log has no line for ${requestId}`)
      return line
    },
    async dispose() {
      await under.dispose()
      for (const upstream of upstreams) await upstream.close()
    },
  }
}

async function findLine(file: string, requestId: string): Promise<AccessLogLine | null> {
  const text = (await ifThere(readFile(file, 'utf8'))) ?? ''
  const found = text.split('\n').find((line) => line.includes(requestId))
  return found === undefined ? null : accessLogLine.parse(JSON.parse(found))
}

/** A route to instances, public by default. */
export function route(
  slug: string,
  upstreams: (Pick<TestUpstream, 'host' | 'port' | 'instance_id'> & { listeners?: string[] })[],
  part: Partial<GatewayRoute> = {},
): GatewayRoute {
  return {
    service_id: slug,
    release: 1,
    path: `/ai/${slug}/`,
    front: null,
    state: 'up',
    upstreams: upstreams.map(({ host, port, instance_id, listeners }) => ({
      host,
      port,
      instance_id,
      ...(listeners && { listeners }),
    })),
    auth: 'public',
    rate_limit: null,
    body_bytes: 1_000_000,
    // An instance that a test holds must not be given up while a busy machine changes the table.
    timeout_ms: patienceMs,
    ...part,
  }
}

/** A new API key and its entry in the gateway's list. */
export function apiKey(part: Partial<GatewayKeys['keys'][number]> = {}) {
  const key = `vtk_${randomUUID()}`
  const sha256 = createHash('sha256').update(key).digest('hex')
  const entry = {
    id: randomUUID(),
    sha256,
    scopes: ['run' as const],
    service_ids: null,
    expires_at: null,
    ...part,
  }
  return { key, entry }
}
