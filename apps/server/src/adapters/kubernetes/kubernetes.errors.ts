import { AppError, defineError } from '../../lib/errors.ts'
import { inBoth, localised, wordsOf, type LocalisedText, type Words } from '../../lib/words.ts'

/** The cluster does not answer, or cannot at the moment. */
export const kubernetesUnavailable = defineError<{ why: LocalisedText }>({
  code: 'process.kubernetes_unavailable',
  redacted: { zh: 'Kubernetes 不可用', en: 'Kubernetes is not available' },
  zh: ({ why }) => `Kubernetes 不可用：${wordsOf(why).zh}。请检查集群的 API 服务器是否在运行、平台能否连接它`,
  en: ({ why }) =>
    `Kubernetes is not available: ${wordsOf(why).en}. Check that the API server of the cluster runs and that the platform reaches it`,
})

/** The cluster answered and refused. `said` is its own message. */
export const kubernetesRefused = defineError<{ status: number; reason: string; said: string }>({
  code: 'process.kubernetes_refused',
  redacted: { zh: 'Kubernetes 拒绝了平台的请求', en: 'Kubernetes refused a request of the platform' },
  zh: ({ status, said }) => `Kubernetes 拒绝了平台的请求（${status}）：${said}`,
  en: ({ status, said }) => `Kubernetes refused a request of the platform (${status}): ${said}`,
})

/** An object of somebody else has the name. It is left alone. */
export const objectNameTaken = defineError<{ kind: string; name: string; namespace: string }>({
  code: 'process.kubernetes_name_taken',
  zh: ({ kind, name, namespace }) =>
    `Kubernetes 的命名空间 ${namespace} 中已有一个不属于本平台的 ${kind} ${name}，平台不会动它；请给它改名或删除它，再启动`,
  en: ({ kind, name, namespace }) =>
    `The namespace ${namespace} of Kubernetes has a ${kind} ${name} that is not of this platform and is left alone; rename or remove it, then start again`,
})

/** The status with which the cluster refused a call; null if it did not answer. */
export function refusedStatus(error: unknown): number | null {
  if (!(error instanceof AppError) || error.code !== 'process.kubernetes_refused') return null
  return typeof error.details.status === 'number' ? error.details.status : null
}

/** The message of the cluster, or why there was no answer, in every language. */
export function kubernetesWords(error: unknown): Words {
  const said = error instanceof AppError ? (error.details.said ?? error.details.why ?? null) : null
  const [zh, en] = [localised(said, 'zh'), localised(said, 'en')]
  if (typeof zh === 'string' && typeof en === 'string') return { zh, en }
  return wordsOf(error instanceof Error ? error.message : String(error))
}

/** The same as one text. */
export function kubernetesSaid(error: unknown): string {
  const { zh, en } = kubernetesWords(error)
  return zh === en ? en : inBoth(zh, en)
}
