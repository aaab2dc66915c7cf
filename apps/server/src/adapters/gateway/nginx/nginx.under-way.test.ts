import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { controlServer } from './nginx.control-server.ts'
import { njsHotPath } from './nginx.hot-path.ts'
import { countUnderWay } from './nginx.under-way.ts'

let folder: string
let socket: string
let requests = 0
/** The status with which it answers when it has a problem. */
let trouble: number | null = null
/** Answers as nginx does: only where its configuration has a location for the number. */
const nginx = createServer((req, res) => {
  const count = /^\/under-way\/(\d+)\/\?upstream=one$/.exec(req.url ?? '')?.[1]
  const configuration = controlServer(socket, '1', njsHotPath)
  const isKnown = configuration.includes(
    `location /under-way/${count}/ { limit_conn vitrine_under_way ${count};`,
  )
  const status = isKnown && requests >= Number(count) ? 409 : 200
  res.writeHead(trouble ?? status, { connection: 'close' }).end()
})

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'under-way-'))
  socket = join(folder, 'control.sock')
  await once(nginx.listen(socket), 'listening')
})
afterAll(async () => {
  nginx.close()
  await rm(folder, { recursive: true })
})

test.each([
  [0, 0],
  [1, 1],
  [5, 5],
  [31, 31],
  [32, 32],
  [63, 32],
  [64, 64],
  [100, 64],
  [5_000, 1024],
])('%i requests in progress are counted as %i', async (given, counted) => {
  requests = given
  expect(await countUnderWay(socket, 'one', false)).toBe(counted)
})

test('any other answer is an error, and does not mean “no requests”', async () => {
  requests = 5
  for (trouble of [422, 500, 503])
    await expect(countUnderWay(socket, 'one', false)).rejects.toMatchObject({ code: 'gateway.unavailable' })
  trouble = null
  expect(await countUnderWay(socket, 'one', false)).toBe(5)
})
