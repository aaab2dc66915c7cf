import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { emptyGatewayTable } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { freePorts } from '../../../tests/support/free-ports.ts'
import { GatewayProcess } from './gateway-process.ts'

const isOpen = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })

test('a gateway that stops while it applies a table has no address open afterwards, and applies no other', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-gateway-'))
  const port = await freePorts(1)
  const table = { ...emptyGatewayTable, revision: 1, public: { host: '127.0.0.1', port } }
  const gateway = await GatewayProcess.start(
    {
      table: join(folder, 'table.json'),
      keys: join(folder, 'keys.json'),
      accessLog: join(folder, 'access.log'),
    },
    { logBytes: 1_000_000, stalledMs: 1_000, report: () => {} },
  )
  try {
    const applied = gateway.applyTable(table).catch((error: unknown) => error)
    await gateway.stop(1_000)
    await applied
    expect(await isOpen(port)).toBe(false)
    await expect(gateway.applyTable({ ...table, revision: 2 })).rejects.toThrow('stopping')
    expect(await isOpen(port)).toBe(false)
  } finally {
    await rm(folder, { recursive: true })
  }
})
