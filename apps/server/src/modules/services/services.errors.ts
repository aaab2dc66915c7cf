import { defineError } from '../../lib/errors.ts'

export const serviceNotFound = defineError<{ service_id: string }>({
  code: 'service.not_found',
  status: 404,
  zh: ({ service_id }) => `没有服务 ${service_id}`,
  en: ({ service_id }) => `There is no service ${service_id}`,
})

export const serviceNotYours = defineError<{ service_id: string; owner: string }>({
  code: 'service.not_yours',
  status: 403,
  zh: ({ service_id, owner }) => `服务 ${service_id} 属于 ${owner}，只有其所有者或管理员可以操作`,
  en: ({ service_id, owner }) =>
    `Service ${service_id} belongs to ${owner}; only they or an administrator may operate it`,
})

export const serviceIdTaken = defineError<{ service_id: string; algorithm_id: string }>({
  code: 'service.id_taken',
  status: 409,
  zh: ({ service_id, algorithm_id }) =>
    `服务 ${service_id} 已经用于另一个算法 ${algorithm_id}，请换一个服务标识`,
  en: ({ service_id, algorithm_id }) =>
    `Service ${service_id} already runs another algorithm (${algorithm_id}); choose another service id`,
})

export const serviceNeverDeployed = defineError<{ service_id: string }>({
  code: 'service.never_deployed',
  status: 409,
  zh: ({ service_id }) => `服务 ${service_id} 还没有部署成功过，请重新部署`,
  en: ({ service_id }) => `Service ${service_id} has never been deployed successfully; deploy it again`,
})

export const serviceNotReady = defineError<{ service_id: string; reason: string }>({
  code: 'service.not_ready',
  status: 503,
  zh: ({ service_id, reason }) => `服务 ${service_id} 现在不能运行：${reason}`,
  en: ({ service_id, reason }) => `Service ${service_id} cannot run now: ${reason}`,
  headers: () => ({ 'retry-after': '5' }),
})

export const startFailed = defineError<{ service_id: string; reason: string; lines: string[] }>({
  code: 'service.start_failed',
  status: 422,
  zh: ({ service_id, reason, lines }) =>
    `服务 ${service_id} 启动失败：${reason}\n${lines.slice(-20).join('\n')}`,
  en: ({ service_id, reason, lines }) =>
    `Service ${service_id} failed to start: ${reason}\n${lines.slice(-20).join('\n')}`,
})
