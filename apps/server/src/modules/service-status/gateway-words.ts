import type { Words } from '../../lib/words.ts'
import type { FrontProblem, GatewaySync } from '../gateway/gateway.sync.ts'

const leftOut: Words = {
  zh: '网关无法提供这个服务，已单独跳过它，其他服务不受影响。请重新部署；具体原因写在平台日志里',
  en: 'the gateway cannot serve this service and leaves it out; other services are not affected. Deploy it again; the platform’s log contains the cause',
}

const frontWords: Record<FrontProblem['cause'], (front: FrontProblem) => Words> = {
  held: ({ port }) => ({
    zh: `独立端口 ${port} 被其他程序占用，空闲后会自动恢复`,
    en: `front port ${port} is in use by another program; it works again as soon as it is free`,
  }),
  absent: ({ host, port }) => ({
    zh: `独立端口 ${port} 没有打开：这台机器现在没有地址 ${host}，地址恢复后会自动打开；管理员也可以在部署时选择另一个地址`,
    en: `front port ${port} is closed, because the machine does not have the address ${host} now. It opens by itself when the address is back; an administrator can also choose another one in a deploy`,
  }),
  unusable: ({ host, port }) => ({
    zh: `独立端口 ${port} 没有打开：网关无法监听地址 ${host}，请管理员在部署时选择另一个地址`,
    en: `front port ${port} is closed, because the gateway cannot listen on the address ${host}. An administrator must choose another one in a deploy`,
  }),
}

/** A service as far as its front port is concerned. */
type WithFront = { id: string; frontPort: number | null }

/**
 * Why the front port of a service is closed, or null. What the gateway knows of a port that the service had before says
 * nothing of the one that it has now, which the gateway opens a moment after it was chosen.
 */
export function closedFront(
  gateway: Pick<GatewaySync, 'frontProblem'>,
  { id, frontPort }: WithFront,
): FrontProblem | null {
  const problem = gateway.frontProblem(id)
  return problem?.port === frontPort ? problem : null
}

/** Why the gateway does not serve all of a service, and what to do. Null if it does. */
export function gatewayWords(
  gateway: Pick<GatewaySync, 'frontProblem' | 'isLeftOut'>,
  service: WithFront,
): Words | null {
  if (gateway.isLeftOut(service.id)) return leftOut
  const front = closedFront(gateway, service)
  return front && frontWords[front.cause](front)
}
