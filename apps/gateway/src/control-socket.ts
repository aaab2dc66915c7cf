import { chmod, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { LeftOutRoute } from '@vitrine/contract'
import { z } from 'zod'
import { UnknownBase, type GatewayProcess } from './gateway-process.ts'
import { AddressRefused } from './listeners.ts'

/**
 * Opens the unix socket on which the control plane sends tables and keys. `GET /state` answers `{revision,
 * missing, in_flight, left_out}`, where `in_flight` counts the requests in progress by instance. `PUT /table`, `PUT /change`
 * (of the table in force) and `PUT /keys` answer 200 once they are in force, or 422 `{reason, address}` if refused, or 409 for
 * a change of another table. `left_out` names the routes and front ports of a table that cannot be served. Only the owner of
 * the socket can connect.
 */
export async function openControlSocket(path: string, gateway: GatewayProcess): Promise<Server> {
  await rm(path, { force: true })
  const server = createServer((req, res) => {
    answer(gateway, req).then(
      (body) => reply(res, 200, body),
      (error: unknown) => reply(res, error instanceof UnknownBase ? 409 : 422, refusalOf(error)),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  await chmod(path, 0o600)
  return server
}

async function answer(
  gateway: GatewayProcess,
  req: IncomingMessage,
): Promise<{
  revision: number
  missing: number
  in_flight: Record<string, number>
  left_out: LeftOutRoute[]
}> {
  let leftOut: LeftOutRoute[] = []
  if (req.method === 'PUT' && req.url === '/table') leftOut = await gateway.applyTable(await readJson(req))
  else if (req.method === 'PUT' && req.url === '/change')
    leftOut = await gateway.applyChange(await readJson(req))
  else if (req.method === 'PUT' && req.url === '/keys') await gateway.applyKeys(await readJson(req))
  else if (req.method !== 'GET' || req.url !== '/state')
    throw new Error(`unknown request ${req.method} ${req.url}`)
  return {
    revision: gateway.revision,
    missing: gateway.missing,
    in_flight: gateway.inFlight,
    left_out: leftOut,
  }
}

async function readJson(req: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of req) if (Buffer.isBuffer(chunk)) chunks.push(chunk)
  return JSON.parse(Buffer.concat(chunks).toString('utf8'))
}

function refusalOf(error: unknown) {
  const address = error instanceof AddressRefused && error.code === 'EADDRINUSE' ? error.address : null
  const reason =
    error instanceof z.ZodError
      ? z.prettifyError(error)
      : error instanceof Error
        ? error.message
        : String(error)
  return { reason, address }
}

function reply(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { 'Content-Type': 'application/json', Connection: 'close' }).end(JSON.stringify(body))
}
