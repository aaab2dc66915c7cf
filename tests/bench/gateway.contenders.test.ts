import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  atPort,
  scriptsOfNginx,
  startNginx,
  startOurNginx,
  startOurs,
  type Running,
} from './gateway.contenders.ts'
import { upstreamConfig } from './gateway.nginx.ts'

let folder: string
let upstream: Running

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-bench-'))
  upstream = await startNginx(join(folder, 'upstream'), upstreamConfig)
})

afterAll(async () => {
  await upstream.stop()
  await rm(folder, { recursive: true, force: true })
})

const ways = new Map([
  ['the embedded gateway', () => startOurs(join(folder, 'embedded'), [atPort(upstream.port)])],
  ...(await scriptsOfNginx()).map((script) => {
    const start = () => startOurNginx(join(folder, script), [atPort(upstream.port)], script)
    return [`nginx with ${script}`, start] as const
  }),
])

test.each([...ways])('%s lets the requests through by which it is measured', async (_name, start) => {
  const gateway = await start()
  try {
    const response = await fetch(`http://127.0.0.1:${gateway.port}/ai/bench/predict`, {
      headers: { authorization: `Bearer ${gateway.token}` },
    })
    expect(response.status, await response.text()).toBe(200)
  } finally {
    await gateway.stop()
  }
})
