import { z } from 'zod'
import type { SwitchableGateway } from '../../adapters/gateway/switchable.ts'
import type { ConfigsRepository } from '../configs/configs.repository.ts'
import type { TaskKind } from '../tasks/task-kind.ts'
import { keepDriverChoice } from './driver-choice.ts'
import type { GatewayTables } from '../gateway/gateway.sync.ts'

const switchInput = z.object({ driver: z.enum(['nginx', 'embedded']) })

/**
 * Kind of task that has another driver carry the requests, and keeps the choice for the next start. Where the new one does
 * not come up, the old one serves on.
 */
export const switchTask = (deps: {
  gateway: Pick<SwitchableGateway, 'kind' | 'switchTo'>
  sync: GatewayTables
  configs: Pick<ConfigsRepository, 'set'>
}): TaskKind<typeof switchInput, 'gateway.switch'> => ({
  ...{ kind: 'gateway.switch', atOnce: 1, input: switchInput },
  run: async ({ input, step }) => {
    await step('switch', async () => {
      if (deps.gateway.kind === input.driver) return { skipped: true, value: null }
      const from = performance.now()
      await deps.gateway.switchTo(input.driver)
      await deps.sync.anew()
      const tookMs = Math.round(performance.now() - from)
      const message = { zh: `用时 ${tookMs} 毫秒`, en: `took ${tookMs} ms` }
      return { message, value: null }
    })
    await step('keep', async () => {
      await keepDriverChoice(deps.configs, input.driver)
      return { value: null }
    })
    return { driver: input.driver }
  },
})
