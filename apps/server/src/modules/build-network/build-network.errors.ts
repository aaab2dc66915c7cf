import { defineError } from '../../lib/errors.ts'

/** `may_pass`: the machine must change, not the package. */
export const buildNetworkUnavailable = defineError<{ setting: string; may_pass: true }>({
  code: 'deploy.network_unavailable',
  zh: ({ setting }) =>
    `这台机器不能把构建与网络隔离（服务器上的“安全”页写明了原因），而设置要求隔离（${setting}）。请修复沙箱，或由管理员设置 VITRINE_BUILD_NETWORK=all`,
  en: ({ setting }) =>
    `This machine cannot cut builds off from the network (the page Security says why), but that is set (${setting}). Fix the sandbox, or let an administrator set VITRINE_BUILD_NETWORK=all`,
})
