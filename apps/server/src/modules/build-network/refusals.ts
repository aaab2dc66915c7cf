import { isIP } from 'node:net'
import { endpointText } from '@vitrine/contract'
import type { ProxyRefusal } from '../../adapters/forward-proxy/proxy-messages.ts'
import type { Destination } from '../../adapters/forward-proxy/upstream-proxy.ts'
import type { Words } from '../../lib/words.ts'
import type { BuildNetworkPolicy } from './policy.ts'

const inBrackets = (host: string) => (isIP(host) === 6 ? `[${host}]` : host)
/** How a destination is written in the list of further hosts. */
const entryOf = (destination: Destination) =>
  destination.port === 443 ? inBrackets(destination.host) : endpointText(destination)

/** Says that something was refused, why, and what an administrator can set. Pure. */
export function refusalWords(refusal: ProxyRefusal, policy: BuildNetworkPolicy): Words {
  if (refusal.why === 'not_understood')
    return {
      zh: `平台的代理拒绝了请求：${refusal.said}`,
      en: `the platform’s proxy refused a request: ${refusal.said}`,
    }
  const to = endpointText(refusal.destination)
  if (refusal.why === 'failed')
    return { zh: `连不上 ${to}：${refusal.said}`, en: `${to} cannot be reached: ${refusal.said}` }
  if (refusal.why === 'too_much')
    return {
      zh: `构建传输的数据超过了一次构建的上限，已断开（最后是 ${to}）`,
      en: `the build has transferred more than one build may, and was disconnected (last from ${to})`,
    }
  if (refusal.why === 'too_many')
    return {
      zh: `构建同时打开的连接太多，${to} 没有连接`,
      en: `the build has too many connections open at once, so ${to} was not connected`,
    }
  if (policy === 'none')
    return {
      zh: `构建被拒绝访问 ${to}：这里的构建没有网络（VITRINE_BUILD_NETWORK=none）`,
      en: `the build was refused ${to}: builds have no network here (VITRINE_BUILD_NETWORK=none)`,
    }
  const entry = entryOf(refusal.destination)
  if (refusal.why === 'address')
    return {
      zh: `构建被拒绝访问 ${to}：它位于 ${refusal.address}，不是公网地址。管理员可以允许：VITRINE_BUILD_HOSTS=${entry},${inBrackets(refusal.address)}`,
      en: `the build was refused ${to}: it is at ${refusal.address}, which is no public address. An administrator can allow it: VITRINE_BUILD_HOSTS=${entry},${inBrackets(refusal.address)}`,
    }
  return {
    zh: `构建被拒绝访问 ${to}（由算法包要求）：构建只能访问软件源。如果信任这个地址，管理员可以允许：VITRINE_BUILD_HOSTS=${entry}`,
    en: `the build was refused ${to}, which the package asked for: builds reach only registries of packages. An administrator who trusts it can allow it: VITRINE_BUILD_HOSTS=${entry}`,
  }
}
