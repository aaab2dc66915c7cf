import { z } from 'zod'
import type { SwitchableGateway } from '../../adapters/gateway/switchable.ts'
import type { ConfigsRepository } from '../configs/configs.repository.ts'
import type { TaskKind } from '../tasks/task-kind.ts'
import { keepDriverChoice } from './driver-choice.ts'
import type { GatewayTables } from '../gateway/gateway.sync.ts'

const switchInput = z.object({ driver: z.enum(['nginx', 'embedded']) })

/**
 * The kind of task that switches to another driver and stores the choice for the next start. If the new
 * driver does not start, the old one keeps serving.
 */
export const switchTask = (deps: {
  gateway: Pick<SwitchableGateway, 'kind' | 'switchTo'>
  sync: GatewayTables
  configs: Pick<ConfigsRepository, 'set'>
}): TaskKind<typeof switchInput, 'gateway.switch'> => ({
  kind: 'gateway.switch',
  atOnce: 1,
  input: switchInput,
  run: async ({ input, step }) => {
    await step('switch', async () => {
      if (deps.gateway.kind === input.driver) return { skipped: true, value: null }
      const from = performance.now()
      await deps.gateway.switchTo(input.driver)
      await deps.sync.reapply()
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
