import { once } from 'node:events'
import { mkdtempSync, readdirSync, readlinkSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer, request, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { sendFile } from './output-files.ts'

/** How many descriptors of this process are of a file. */
function openDescriptors(path: string): number {
  return readdirSync('/proc/self/fd').filter((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`) === path
    } catch {
      // It was the descriptor of the listing itself.
      return false
    }
  }).length
}

it('closes the file when the caller leaves before it has all of it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-output-'))
  const path = join(folder, 'film.mp4')
  writeFileSync(path, '')
  truncateSync(path, 256 * 2 ** 20)
  const server = createServer((asked, response) => sendFile(asked, response, { path, mime: 'video/mp4' }))
  try {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const asked = request({ port, host: '127.0.0.1', agent: false }).end()
    const [answer]: IncomingMessage[] = await once(asked, 'response')
    expect(openDescriptors(path)).toBe(1)
    answer?.destroy()
    await expect.poll(() => openDescriptors(path)).toBe(0)
  } finally {
    server.closeAllConnections()
    server.close()
    rmSync(folder, { recursive: true })
  }
})
