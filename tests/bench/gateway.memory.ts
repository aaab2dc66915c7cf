import { once } from 'node:events'
import { mkdir, readFile } from 'node:fs/promises'
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Writable } from 'node:stream'
import { atPort, startOurs, type Running } from './gateway.contenders.ts'

const gigabyte = 1_073_741_824
const block = Buffer.alloc(65_536, 7)
const sampleMs = 50

async function writeGigabyte(stream: Writable): Promise<void> {
  for (let sent = 0; sent < gigabyte; sent += block.length) {
    if (!stream.write(block)) await once(stream, 'drain')
  }
  stream.end()
}

async function countBytes(stream: IncomingMessage): Promise<number> {
  let bytes = 0
  for await (const chunk of stream) if (Buffer.isBuffer(chunk)) bytes += chunk.length
  return bytes
}

function answer(req: IncomingMessage, res: ServerResponse): void {
  if (req.method === 'GET') {
    res.writeHead(200, { 'Content-Length': gigabyte })
    writeGigabyte(res).catch((error: Error) => res.destroy(error))
  } else {
    countBytes(req).then(
      (bytes) => res.end(String(bytes)),
      (error: Error) => res.destroy(error),
    )
  }
}

async function residentMegabytes(pid: number): Promise<number> {
  const kilobytes = /VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) / 1024
}

async function transfer(gateway: Running, method: 'GET' | 'POST'): Promise<number> {
  const req = request({
    host: '127.0.0.1',
    port: gateway.port,
    path: '/ai/bench/body',
    method,
    headers: {
      Authorization: `Bearer ${gateway.token}`,
      ...(method === 'POST' && { 'Content-Length': gigabyte }),
    },
  })
  const answered = new Promise<IncomingMessage>((resolve, reject) =>
    req.on('response', resolve).on('error', reject),
  )
  if (method === 'POST') await writeGigabyte(req)
  else req.end()
  const res = await answered
  if (method === 'GET') return countBytes(res)
  const chunks: Buffer[] = []
  for await (const chunk of res) if (Buffer.isBuffer(chunk)) chunks.push(chunk)
  return Number(Buffer.concat(chunks).toString())
}

/** Resident memory of the gateway: the most while 1 GB passes (ours) beside what it was at rest (theirs). */
export async function measureMemory(folder: string) {
  await mkdir(folder, { recursive: true })
  const upstream: Server = createServer(answer).listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  const address = upstream.address()
  if (address === null || typeof address === 'string') throw new Error('the upstream has no port')
  const gateway = await startOurs(folder, [atPort(address.port)])
  try {
    const results = []
    for (const method of ['POST', 'GET'] as const) {
      const atRest = await residentMegabytes(gateway.pid)
      let most = atRest
      const timer = setInterval(() => {
        residentMegabytes(gateway.pid).then(
          (now) => (most = Math.max(most, now)),
          (error: Error) => process.stderr.write(`${error.message}\n`),
        )
      }, sampleMs)
      const bytes = await transfer(gateway, method)
      clearInterval(timer)
      if (bytes !== gigabyte) throw new Error(`${bytes} bytes passed instead of ${gigabyte}`)
      const name = `gateway memory, 1 GB ${method === 'POST' ? 'up' : 'down'} vs at rest`
      results.push({ name, ratio: most / atRest, ours: most, theirs: atRest, unit: 'MB' })
    }
    return results
  } finally {
    await gateway.stop()
    upstream.closeAllConnections()
    upstream.close()
  }
}
