import { expect, test } from 'vitest'
import { emptyGatewayTable, type GatewayTable } from '@vitrine/contract'
import type { Gateway } from './gateway.ts'
import { createSwitchableGateway, type CreateDriver } from './switchable.ts'

/** A driver that records what is asked of it. */
const driver = (kind: Gateway['kind'], log: string[], part: Partial<Gateway> = {}): Gateway => ({
  kind,
  open: async () => void log.push(`${kind} opens`),
  apply: async ({ revision }: GatewayTable) => {
    log.push(`${kind} applies ${revision}`)
    return []
  },
  applyKeys: async () => {},
  inFlight: async () => 0,
  close: async () => {},
  shutdown: async () => void log.push(`${kind} ends`),
  ...part,
})

/** A gateway that serves with the embedded driver, and whose nginx is the given one. */
async function servingBefore(nginx: CreateDriver, log: string[]) {
  const gateway = createSwitchableGateway({
    drivers: { embedded: () => driver('embedded', log), nginx },
    first: 'embedded',
    running: async () => null,
    lastTable: async () => emptyGatewayTable,
    onError: (error) => expect.unreachable(String(error)),
  })
  await gateway.open()
  return gateway
}

test('a driver that could not be replaced is not opened again, however often it is tried, and keeps serving', async () => {
  const log: string[] = []
  const broken = () =>
    driver('nginx', log, { open: () => Promise.reject(new Error('nginx refuses its configuration')) })
  const gateway = await servingBefore(broken, log)
  for (let times = 0; times < 3; times += 1)
    await expect(gateway.switchTo('nginx')).rejects.toThrow('refuses its configuration')
  expect([log.filter((one) => one.startsWith('embedded')), gateway.kind]).toEqual([
    ['embedded opens'],
    'embedded',
  ])
  await gateway.apply(emptyGatewayTable)
  expect(log.at(-1)).toBe(`embedded applies ${emptyGatewayTable.revision}`)
})

test('a driver that released its addresses for a failed switch is opened again once it has ended', async () => {
  const log: string[] = []
  const late = (letGo: () => void = () => undefined) =>
    driver('nginx', log, {
      async open() {
        letGo()
        throw new Error('nginx died')
      },
    })
  const gateway = await servingBefore(late, log)
  await expect(gateway.switchTo('nginx')).rejects.toThrow('nginx died')
  expect(log).toEqual(['embedded opens', 'embedded ends', 'nginx ends', 'embedded opens'])
  expect(gateway.kind).toBe('embedded')
})

test('a former driver that finishes its requests counts as one request, however many instances are asked about', async () => {
  let end = () => {}
  const ended = new Promise<void>((resolve) => (end = resolve))
  const inFlight = async (ids: readonly string[]) => ids.length
  const gateway = createSwitchableGateway({
    drivers: {
      embedded: () => driver('embedded', [], { shutdown: () => ended }),
      nginx: () => driver('nginx', [], { inFlight }),
    },
    first: 'embedded',
    running: async () => null,
    lastTable: async () => null,
    onError: (error) => expect.unreachable(String(error)),
  })
  await gateway.switchTo('nginx')
  expect(await gateway.inFlight(['one', 'two', 'three'])).toBe(4)
  end()
  await expect.poll(() => gateway.inFlight(['one', 'two', 'three'])).toBe(3)
})
