import { z } from 'zod'
import type { SwitchableGateway } from '../../adapters/gateway/switchable.ts'
import type { ConfigsRepository } from '../configs/configs.repository.ts'
import type { TaskKind } from '../tasks/task-kind.ts'
import { keepDriverChoice } from './driver-choice.ts'
import type { GatewayTables } from '../gateway/gateway.sync.ts'

const switchInput = z.object({ driver: z.enum(['nginx', 'embedded']) })

/** How many services have their requests and responses kept, which only the embedded gateway does. */
const keeping = async (sync: Pick<GatewayTables, 'render'>): Promise<number> =>
  (await sync.render()).routes.filter(({ keep_bodies: keeps }) => keeps === true).length

const switchedWords = (tookMs: number, kept: number) => ({
  zh: `用时 ${tookMs} 毫秒${kept === 0 ? '' : `；${kept} 个服务开启了“保存请求与响应”，在此网关下不再保存，换回内置网关后继续`}`,
  en: `took ${tookMs} ms${kept === 0 ? '' : `; requests and responses of ${kept} services are not kept with this gateway, and are again with the embedded one`}`,
})

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
      const kept = input.driver === 'embedded' ? 0 : await keeping(deps.sync)
      return { message: switchedWords(tookMs, kept), value: null }
    })
    await step('keep', async () => {
      await keepDriverChoice(deps.configs, input.driver)
      return { value: null }
    })
    return { driver: input.driver }
  },
})
