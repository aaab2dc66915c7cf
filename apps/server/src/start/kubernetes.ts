import { join } from 'node:path'
import {
  KubeconfigError,
  readInCluster,
  readKubeconfig,
  type ClusterAccess,
} from '../adapters/kubernetes/kubeconfig.ts'
import { missingRights, nameOfRight } from '../adapters/kubernetes/cluster-rights.ts'
import { hasMetrics } from '../adapters/kubernetes/cluster-metrics.ts'
import { ClusterNodes } from '../adapters/kubernetes/cluster-nodes.ts'
import { kubernetesClient } from '../adapters/kubernetes/kubernetes-client.ts'
import { kubernetesWords } from '../adapters/kubernetes/kubernetes.errors.ts'
import type { LogRotation } from '../adapters/log-files/log-rotation.ts'
import { kubernetesRunner } from '../adapters/process-runner/kubernetes/kubernetes-runner.ts'
import type { ModeDriver } from '../adapters/process-runner/runners.ts'
import type { Settings } from '../config.ts'
import { platformOf } from './docker.ts'
import type { DriverInput } from './driver-input.ts'

/** How long a pod that the cluster ends serves on: measured, with 3 s no request of 1,560 was lost. */
const drainSeconds = 3

type KubernetesSettings = Pick<Settings, 'VITRINE_KUBERNETES_CONFIG' | 'VITRINE_KUBERNETES_CONTEXT'>

/** Reads where the cluster is: in the kubeconfig of the settings, or around the platform itself. */
const accessOf =
  (
    { VITRINE_KUBERNETES_CONFIG: file, VITRINE_KUBERNETES_CONTEXT: context }: KubernetesSettings,
    env: DriverInput['env'],
  ) =>
  async (): Promise<ClusterAccess> => {
    if (file !== undefined) return readKubeconfig(file, context ?? null)
    const access = await readInCluster(env)
    if (access === null)
      throw new KubeconfigError(
        'VITRINE_KUBERNETES_CONFIG names no kubeconfig, and the platform runs in no cluster',
      )
    return access
  }

/** The runner for Kubernetes. Null if the settings name no namespace, which turns it on. */
export function kubernetesDriver(
  { settings, paths, env }: Pick<DriverInput, 'settings' | 'paths' | 'env'>,
  deps: {
    logRotation: LogRotation
    holdsRecords: (folder: string) => Promise<boolean>
    onError: (error: unknown) => void
  },
): ModeDriver | null {
  const { holdsRecords, ...others } = deps
  const {
    VITRINE_KUBERNETES_NAMESPACE: namespace,
    VITRINE_KUBERNETES_PULL_SECRET: pullSecret,
    VITRINE_KUBERNETES_NODE_SELECTOR: nodeSelector,
    VITRINE_KUBERNETES_TOLERATIONS: tolerations,
    VITRINE_KUBERNETES_RUNTIME_CLASS: runtimeClass,
    VITRINE_KUBERNETES_GPU_RUNTIME_CLASS: gpuRuntimeClass,
  } = settings
  if (namespace === undefined) return null
  const folder = join(paths.run, 'kubernetes')
  return {
    mode: 'kubernetes',
    wasUsed: () => holdsRecords(folder),
    make: async () =>
      kubernetesRunner({
        client: kubernetesClient(accessOf(settings, env)),
        platform: await platformOf({ paths, env }),
        isInside: settings.VITRINE_KUBERNETES_CONFIG === undefined,
        namespace,
        pullSecret: pullSecret ?? null,
        nodeSelector,
        tolerations,
        runtimeClass,
        gpuRuntimeClass,
        drainSeconds,
        folder,
        ...others,
      }),
  }
}

/** The nodes of the cluster, with a connection of their own, so that they are known before anything runs there. Null without a cluster. */
export function openClusterNodes({
  settings,
  env,
  shutdown,
}: Pick<DriverInput, 'settings' | 'env' | 'shutdown'>): ClusterNodes | null {
  const {
    VITRINE_KUBERNETES_NAMESPACE: namespace,
    VITRINE_KUBERNETES_NODE_SELECTOR: nodeSelector,
    VITRINE_KUBERNETES_TOLERATIONS: tolerations,
  } = settings
  if (namespace === undefined) return null
  const nodes = new ClusterNodes(kubernetesClient(accessOf(settings, env)), { nodeSelector, tolerations })
  shutdown.add('nodes of the cluster', async () => nodes.close())
  return nodes
}

const noMetrics =
  'Kubernetes 集群没有资源用量接口（metrics.k8s.io），不显示 Pod 的处理器和内存用量 · the Kubernetes cluster has no metrics API (metrics.k8s.io), so what pods use is not shown'
const guide = '（见 docs/operations/kubernetes.md） · '
const guideEn = ' (see docs/operations/kubernetes.md)'

/** Tells people why the cluster that they have named cannot be used, or which rights the platform lacks there. */
export async function kubernetesNotes({
  settings,
  env,
}: Pick<DriverInput, 'settings' | 'env'>): Promise<string[]> {
  const { VITRINE_KUBERNETES_NAMESPACE: namespace } = settings
  if (namespace === undefined) return []
  const client = kubernetesClient(accessOf(settings, env))
  try {
    const missing = (await missingRights(client, namespace)).map(nameOfRight).join(', ')
    const notes: string[] = []
    if (missing !== '')
      notes.push(
        `平台在 Kubernetes 的命名空间 ${namespace} 中缺少权限：${missing}${guide}the platform lacks rights in the namespace ${namespace} of Kubernetes: ${missing}${guideEn}`,
      )
    if (!(await hasMetrics(client))) notes.push(noMetrics)
    return notes
  } catch (error) {
    const { zh, en } = kubernetesWords(error)
    return [`不能使用 Kubernetes：${zh}${guide}Kubernetes cannot be used: ${en}${guideEn}`]
  } finally {
    client.close()
  }
}
