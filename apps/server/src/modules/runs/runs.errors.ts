import { defineError } from '../../lib/errors.ts'

export const runNotFound = defineError<{ run_id: string }>({
  code: 'run.not_found',
  status: 404,
  zh: ({ run_id }) => `没有运行记录 ${run_id}`,
  en: ({ run_id }) => `There is no run ${run_id}`,
})

export const runEnded = defineError<{ run_id: string; status: string }>({
  code: 'run.ended',
  status: 409,
  zh: ({ status }) => `运行已经结束（${status}），不能取消`,
  en: ({ status }) => `The run has already ended (${status}) and cannot be cancelled`,
})

export const runInterrupted = defineError({
  code: 'run.interrupted',
  status: 500,
  zh: () => '平台在运行期间重新启动，请再运行一次',
  en: () => 'The platform restarted during the run; run it again',
})

export const runCancelled = defineError({
  code: 'run.cancelled',
  status: 409,
  zh: () => '运行已取消',
  en: () => 'The run was cancelled',
})

export const instanceUnreachable = defineError<{ service_id: string; cause: string }>({
  code: 'run.instance_unreachable',
  status: 502,
  zh: ({ service_id, cause }) => `服务 ${service_id} 中断了连接（${cause}），请查看它的日志`,
  en: ({ service_id, cause }) => `Service ${service_id} broke the connection (${cause}); see its log`,
})

export const answerNotUnderstood = defineError<{ service_id: string; http_status: number; body: string }>({
  code: 'run.answer_not_understood',
  status: 502,
  zh: ({ service_id, http_status, body }) =>
    `服务 ${service_id} 的回答不符合协议（HTTP ${http_status}）：${body}`,
  en: ({ service_id, http_status, body }) =>
    `The answer of service ${service_id} does not follow the protocol (HTTP ${http_status}): ${body}`,
})

export const releaseNotKept = defineError<{ service_id: string; release: number }>({
  code: 'run.release_not_kept',
  status: 409,
  zh: ({ service_id, release }) => `服务 ${service_id} 第 ${release} 版的文件已不在，不能运行`,
  en: ({ service_id, release }) =>
    `The files of release ${release} of service ${service_id} are gone, so it cannot run`,
})

export const outsideKey = defineError<{ service_id: string }>({
  code: 'run.outside_key',
  status: 403,
  zh: ({ service_id }) => `这个 API 密钥不能用于服务 ${service_id}`,
  en: ({ service_id }) => `This API key is not for service ${service_id}`,
})
