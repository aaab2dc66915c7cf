import { mkdir, readdir, rm } from 'node:fs/promises'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { longestSocketPath } from '@vitrine/contract'
import { writeFileAtomically } from '@vitrine/contract/write-file-atomically'
import type { DataPaths } from '../lib/paths.ts'
import { identify } from '../lib/procfs/process-identity.ts'

/** What the socket of a control plane that stands by tells: who leads and since when it stands by, as texts. */
export type StandbyDetails = Readonly<Record<string, string>>

/** The files by which others find a control plane that stands by. */
type StandbyRecord = {
  /** The socket on which it answers; null if the path of the data folder is too long for one. */
  socket: string | null
  close: () => Promise<void>
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** Removes the files of a process. */
async function removeFiles(folder: string, pid: number): Promise<void> {
  for (const ending of ['json', 'sock']) await rm(join(folder, `${pid}.${ending}`), { force: true })
}

/** Removes the files of those that were killed. */
async function removeLeft(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = Number(/^(\d+)\.(?:json|sock)$/.exec(name)?.[1])
    if (Number.isInteger(pid) && (await identify(pid)) === null) await removeFiles(folder, pid)
  }
}

/** Answers as the platform's own health routes do: alive, and not ready, because it stands by. */
const healthServer = (details: () => StandbyDetails) =>
  createServer((request, response) => {
    if (request.url === '/healthz') return answer(response, 200, { status: 'ok' })
    if (request.url === '/readyz') return answer(response, 503, { status: 'standby', details: details() })
    return answer(response, 404, { status: 'standby' })
  })

/**
 * Records this process as one that stands by on a data folder, in `run/standbys`: `<pid>.json` for `npm run down`, and `<pid>.sock`, where it
 * answers `GET /healthz` and `GET /readyz`. It takes no port, because those of the settings are the leader's.
 */
export async function recordStandby(
  { run }: Pick<DataPaths, 'run'>,
  details: () => StandbyDetails,
): Promise<StandbyRecord> {
  const folder = join(run, 'standbys')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await removeLeft(folder)
  await removeFiles(folder, process.pid)
  await writeFileAtomically(join(folder, `${process.pid}.json`), JSON.stringify(await identify(process.pid)))
  const socket = join(folder, `${process.pid}.sock`)
  if (Buffer.byteLength(socket) > longestSocketPath)
    return { socket: null, close: () => removeFiles(folder, process.pid) }
  const server = healthServer(details).listen(socket)
  await once(server, 'listening')
  return {
    socket,
    async close() {
      server.close()
      server.closeAllConnections()
      await removeFiles(folder, process.pid)
    },
  }
}
