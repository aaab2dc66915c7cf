import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { expect, test } from 'vitest'

test('the start in an image refuses further words before it starts anything', async () => {
  // A setting that is wrong, so that nothing would start without the refusal either.
  const env = { ...process.env, LC_ALL: 'C.UTF-8', VITRINE_PORT: 'none' }
  const started = spawn(process.execPath, ['scripts/start-built.mjs', 'bash'], { env })
  const [said, code] = await Promise.all([
    text(started.stderr),
    new Promise((resolve) => started.once('close', resolve)),
  ])
  expect(said).toContain('docker compose exec vitrine')
  expect(code).toBe(64)
})

test.each([
  [200, 0],
  [429, 0],
  [502, 1],
])('the health check takes a gateway that answers %i with %i', async (status, code) => {
  const server = createServer((_req, res) => res.writeHead(status).end()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const { port } = z.object({ port: z.number() }).parse(server.address())
    const env = { ...process.env, VITRINE_PORT: String(port) }
    const asked = spawn(process.execPath, ['scripts/is-well.mjs'], { env, stdio: 'inherit' })
    expect(await once(asked, 'close')).toEqual([code, null])
  } finally {
    server.close()
  }
})
