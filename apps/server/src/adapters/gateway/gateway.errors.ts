import { defineError } from '../../lib/errors.ts'

/** The gateway does not take a table; the last good one goes on serving. `address` and `holder` say who has a port. */
export const gatewayRefused = defineError<{ reason: string; address: string | null; holder: string | null }>({
  code: 'gateway.refused',
  status: 409,
  zh: ({ reason, address, holder }) =>
    address === null
      ? `网关拒绝了新的路由表：${reason}`
      : `网关无法监听 ${address}，该端口被 ${holder ?? '其他进程'} 占用`,
  en: ({ reason, address, holder }) =>
    address === null
      ? `the gateway refused the route table: ${reason}`
      : `the gateway cannot listen on ${address}: the port is held by ${holder ?? 'another process'}`,
})

/** The gateway's process does not come up or does not answer. */
export const gatewayUnavailable = defineError<{ reason: string }>({
  code: 'gateway.unavailable',
  status: 503,
  zh: ({ reason }) => `网关进程不可用：${reason}`,
  en: ({ reason }) => `the gateway process is not available: ${reason}`,
})
