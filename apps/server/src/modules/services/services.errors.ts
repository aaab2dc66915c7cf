import { defineError } from '../../lib/errors.ts'
import type { Words } from '../../lib/words.ts'

export const serviceNotFound = defineError<{ service_id: string }>({ code: 'service.not_found' })

export const serviceNotYours = defineError<{ service_id: string; owner: string }>({
  code: 'service.not_yours',
  zh: ({ service_id, owner }) =>
    `服务 ${service_id} 属于 ${owner}；只有其所有者、管理员或获得授权的人可以这样做`,
  en: ({ service_id, owner }) =>
    `Service ${service_id} belongs to ${owner}; only the owner, an administrator or a person who was granted it can do this`,
})

export const serviceIdTaken = defineError<{ service_id: string; algorithm_id: string }>({
  code: 'service.id_taken',
  zh: ({ service_id, algorithm_id }) =>
    `服务 ${service_id} 已经用于另一个算法 ${algorithm_id}，请换一个服务标识`,
  en: ({ service_id, algorithm_id }) =>
    `Service ${service_id} already runs another algorithm (${algorithm_id}); choose another service ID`,
})

export const serviceNeverDeployed = defineError<{ service_id: string }>({
  code: 'service.never_deployed',
  zh: ({ service_id }) => `服务 ${service_id} 还没有部署成功过，请重新部署`,
  en: ({ service_id }) => `Service ${service_id} has never been deployed successfully; deploy it again`,
})

/** Why the machine does not have a mode that it could have. */
const whyWithout: Readonly<Partial<Record<string, Words>>> = {
  docker: {
    zh: '平台不能使用 Docker：它没有运行，或平台的账户不能打开它的套接字（管理员请看 docs/operations/docker.md）',
    en: 'The platform cannot use Docker: it does not run, or the account of the platform may not open its socket (for administrators: docs/operations/docker.md)',
  },
  kubernetes: {
    zh: '平台没有连接 Kubernetes（管理员请看 docs/operations/kubernetes.md）',
    en: 'The platform is not connected to Kubernetes (for administrators: docs/operations/kubernetes.md)',
  },
}

export const modeUnavailable = defineError<{ field: 'mode'; mode: string; available: string[] }>({
  code: 'service.mode_unavailable',
  zh: ({ mode, available }) =>
    `${whyWithout[mode]?.zh ?? `这台机器上没有 ${mode}`}。可用的运行方式：${available.join('、')}`,
  en: ({ mode, available }) =>
    `${whyWithout[mode]?.en ?? `This machine has no ${mode}`}. Available runners: ${available.join(', ')}`,
})

function whyNeedsDeploy(mode: string): Words {
  if (mode === 'docker')
    return {
      zh: '正在服务的版本没有镜像，不能改成在容器里运行',
      en: 'The release that serves has no image, so it cannot run in a container',
    }
  return mode === 'kubernetes'
    ? {
        zh: '正在服务的版本在镜像仓库里没有镜像，不能改成在 Kubernetes 中运行',
        en: 'The release that serves has no image in a registry, so it cannot run in Kubernetes',
      }
    : {
        zh: `正在服务的版本只有镜像，不能改成 ${mode}`,
        en: `The release that serves has only an image, so it cannot run with ${mode}`,
      }
}

/** A release has no image, none that is in a registry, or only an image. */
export const modeNeedsDeploy = defineError<{ service_id: string; mode: string; field: 'mode' }>({
  code: 'service.mode_needs_deploy',
  zh: ({ mode }) => `${whyNeedsDeploy(mode).zh}。请重新部署，并选择运行方式 ${mode}`,
  en: ({ mode }) => `${whyNeedsDeploy(mode).en}. Deploy again with the mode ${mode}`,
})

export const scaledByRule = defineError<{ field: 'replicas'; service_id: string; min: number; max: number }>({
  code: 'service.scaled_by_rule',
  zh: ({ service_id, min, max }) =>
    `服务 ${service_id} 的实例数由规则决定（${min}–${max} 个）。要固定实例数，请在同一个请求里把 scaling 设为 null`,
  en: ({ service_id, min, max }) =>
    `A rule decides how many instances service ${service_id} has (${min}–${max}). To fix their number, set scaling to null in the same request`,
})

export const bodiesUnavailable = defineError<{ field: 'keep_bodies'; gateway: string }>({
  code: 'service.bodies_unavailable',
  zh: ({ gateway }) => `由 ${gateway} 作网关时不能保存请求与响应，请由管理员改用内置网关（embedded）`,
  en: ({ gateway }) =>
    `Requests and responses cannot be kept while ${gateway} is the gateway. An administrator can change to the built-in one (embedded)`,
})

const whyShared = {
  sandbox: {
    zh: '这台机器的沙箱不能与网络隔离（服务器上的“安全”页写明了原因）',
    en: 'sandboxes on this machine cannot be cut off from the network (the page Security says why)',
  },
  own_server: {
    zh: '它的包自带服务程序，监听本机端口：与网络隔离后，网关也无法调用它',
    en: 'its package brings a server of its own, which listens on a port of this machine: cut off from the network, not even the gateway could call it',
  },
}

/** `sandbox`: no service of this machine can; `own_server`: this one cannot. */
export const networkUnavailable = defineError<{ service_id: string; reason: keyof typeof whyShared }>({
  code: 'service.network_unavailable',
  zh: ({ service_id, reason }) =>
    `服务 ${service_id} 不能在没有网络的情况下运行：${whyShared[reason].zh}。请把它的网络设为“全部”，若管理员的上限不允许，则请联系管理员`,
  en: ({ service_id, reason }) =>
    `Service ${service_id} cannot run without the network: ${whyShared[reason].en}. Set its network to “all”, or ask an administrator if their ceiling forbids it`,
})

export const serviceIsStopped = defineError<{ service_id: string }>({ code: 'service.stopped' })

export const wakeFailed = defineError<{ service_id: string; task_id: string }>({
  code: 'service.wake_failed',
  zh: ({ service_id }) => `服务 ${service_id} 处于休眠状态，没能唤醒；服务页写明了原因`,
  en: ({ service_id }) => `Service ${service_id} is asleep and could not be woken. Its page shows the reason`,
  headers: () => ({ 'retry-after': '10' }),
})

export const serviceNotReady = defineError<{ service_id: string; reason: Words }>({
  code: 'service.not_ready',
  zh: ({ service_id, reason }) => `服务 ${service_id} 现在不能运行：${reason.zh}`,
  en: ({ service_id, reason }) => `Service ${service_id} is not available: ${reason.en}`,
  headers: () => ({ 'retry-after': '5' }),
})

export const startFailed = defineError<{ service_id: string; reason: Words; lines: string[] }>({
  code: 'service.start_failed',
  redacted: { zh: '服务启动失败', en: 'The service failed to start' },
  zh: ({ service_id, reason, lines }) =>
    `服务 ${service_id} 启动失败：${reason.zh}\n${lines.slice(-20).join('\n')}`,
  en: ({ service_id, reason, lines }) =>
    `Service ${service_id} failed to start: ${reason.en}\n${lines.slice(-20).join('\n')}`,
})
