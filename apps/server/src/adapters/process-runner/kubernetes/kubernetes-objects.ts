import type { ResourceLimits } from '@vitrine/contract'
import { nameOutside } from '../../../lib/name-outside.ts'
import { gpuResource, kubernetesAnnotations, kubernetesLabels } from '../../kubernetes/kubernetes-labels.ts'
import type { Toleration } from '../../kubernetes/node-choice.ts'
import { withGpusOf } from '../gpu-environment.ts'
import { unusableSpec } from '../process-runner.errors.ts'
import type { ProcessSpec, ReservedRoom } from '../process-runner.ts'

/** The port on which every program listens in its pod. */
export const portInside = 8000
/** The one container of each pod. */
export const containerName = 'instance'
/** The account of a program without one: nobody, never root. */
const nobody = { uid: 65_534, gid: 65_534 }
/** How long a pod stays on a node that does not answer any more, in seconds. */
const lostNodeSeconds = 30
/**
 * The share of a limit that is reserved, so that nobody else can have it. A service without its own limit has the
 * highest one, so a node would be full with one or two of them if the whole limit were reserved.
 */
const reserved = 0.1
const leastCpu = 10
const leastMemory = 32

/** What a folder of a program is in the cluster. */
export type VolumeSource = Readonly<Record<string, unknown>>

/** The objects of one platform in its namespace. */
export type ClusterSetting = {
  /** Tells the objects of platforms in the same namespace apart. */
  platform: string
  namespace: string
  /** The secret with which nodes sign in at the registry of images; null for none. */
  pullSecret: string | null
  /** The labels that a node must have to run pods of the platform; any node without it. */
  nodeSelector?: Readonly<Record<string, string>> | undefined
  /** The taints that pods of the platform tolerate, in addition to those of a lost node. */
  tolerations?: readonly Toleration[] | undefined
  /** The runtime class of pods, such as one with a stronger wall; that of the cluster without it. */
  runtimeClass?: string | undefined
  /** The runtime class of pods that get graphics processors, in its place. */
  gpuRuntimeClass?: string | undefined
  /**
   * How long a pod keeps serving after the cluster has told it to end, in seconds, so that no more requests are sent to
   * it when it stops.
   */
  drainSeconds: number
  /**
   * The volume for a folder of a program. Without this function, the folder is empty at the start of each pod and is
   * deleted with it.
   */
  volumeOf?: (path: string) => VolumeSource
}

/** The name of the objects of an instance or a group. Only what we made has it together with our labels. Pure. */
export const nameOf = ({ platform }: Pick<ClusterSetting, 'platform'>, id: string): string =>
  `vitrine-${platform}-${nameOutside(id)}`

const labelsOf = ({ platform }: ClusterSetting, id: string) => ({
  [kubernetesLabels.platform]: platform,
  [kubernetesLabels.instance]: nameOutside(id),
  [kubernetesLabels.managedBy]: 'vitrine',
})

/** What is too long for a label. */
const annotationsOf = (id: string) => ({ [kubernetesAnnotations.instance]: id })

/** The labels by which the pods are found that stand in for each other. Pure. */
const labelsOfGroup = ({ platform }: Pick<ClusterSetting, 'platform'>, group: string) => ({
  [kubernetesLabels.platform]: platform,
  [kubernetesLabels.service]: nameOutside(group),
})

/** Throws for a spec that cannot be run in a pod. */
export function checkSpec({ id, image, listens, sandbox }: ProcessSpec): void {
  if (!image)
    throw unusableSpec({ id, field: 'image', why: 'Kubernetes needs an image that is in a registry' })
  if (listens && sandbox?.isCutOff)
    throw unusableSpec({ id, field: 'network', why: 'a pod without a network cannot be reached' })
  if (sandbox?.read.length)
    throw unusableSpec({ id, field: 'sandbox', why: 'the folders of this machine are not those of a node' })
}

/** Escapes `$`, which begins a variable in the command of a pod unless it is doubled. */
const literally = (text: string): string => text.replaceAll('$', '$$$$')

/** What is reserved of a limit, but no less than some of it. */
const partOf = (limit: number, least: number): number =>
  Math.min(limit, Math.max(least, Math.round(limit * reserved)))

const thousandthsOf = ({ cpu }: ResourceLimits) => (cpu === undefined ? undefined : Math.round(cpu * 1000))

/** What is reserved of the limits that are parts of one whole: megabytes, and thousandths of a core. */
function partsOf(limits: ResourceLimits) {
  const { memory_mb: megabytes } = limits
  const thousandths = thousandthsOf(limits)
  return {
    megabytes: megabytes && partOf(megabytes, leastMemory),
    thousandths: thousandths && partOf(thousandths, leastCpu),
  }
}

/** What a cluster keeps for a process with these limits. Pure. */
export function reservedOf(limits: ResourceLimits): ReservedRoom {
  const { megabytes = 0, thousandths = 0 } = partsOf(limits)
  return { cpu: thousandths / 1000, memoryBytes: megabytes * 1024 ** 2, gpus: limits.gpus ?? 0 }
}

function resourcesOf({ limits }: ProcessSpec) {
  const { memory_mb: megabytes, gpus = 0 } = limits
  const reservedParts = partsOf(limits)
  const of = (memory: number | undefined, processor: number | undefined) => ({
    ...(memory !== undefined && { memory: `${memory}Mi` }),
    ...(processor !== undefined && { cpu: `${processor}m` }),
    // A cluster shares no such device: what is requested must be the limit.
    ...(gpus > 0 && { [gpuResource]: String(gpus) }),
  })
  return {
    limits: of(megabytes, thousandthsOf(limits)),
    requests: of(reservedParts.megabytes, reservedParts.thousandths),
  }
}

/** The folders that a program writes to, and /tmp. The rest of its file system is read-only. */
function foldersOf({ sandbox }: ProcessSpec, { volumeOf }: ClusterSetting) {
  const paths = [...(sandbox?.write ?? [])]
  const volumes = paths.map((path, index) => ({
    name: `folder-${index}`,
    ...(volumeOf?.(path) ?? { emptyDir: {} }),
  }))
  return {
    volumes: [...volumes, { name: 'tmp', emptyDir: {} }],
    mounts: [
      ...paths.map((mountPath, index) => ({ name: `folder-${index}`, mountPath })),
      { name: 'tmp', mountPath: '/tmp' },
    ],
  }
}

function containerOf(spec: ProcessSpec, setting: ClusterSetting, mounts: unknown[]) {
  const { drainSeconds } = setting
  return {
    name: containerName,
    image: spec.image,
    imagePullPolicy: 'IfNotPresent',
    command: [literally(spec.file)],
    args: spec.args.map(literally),
    workingDir: spec.cwd,
    envFrom: [{ secretRef: { name: nameOf(setting, spec.id) } }],
    ...(spec.listens && {
      env: [
        { name: 'HOST', value: '0.0.0.0' },
        { name: 'PORT', value: String(portInside) },
      ],
      ports: [{ containerPort: portInside, protocol: 'TCP' }],
    }),
    resources: resourcesOf(spec),
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    ...(spec.listens &&
      drainSeconds > 0 && {
        lifecycle: { preStop: { exec: { command: ['sleep', String(drainSeconds)] } } },
      }),
    volumeMounts: mounts,
  }
}

/**
 * Puts the pods of one group on different nodes where that is possible. Only a wish: with one node, or room on one alone,
 * they are together.
 */
const spreadOf = (group: string, setting: ClusterSetting) => [
  {
    maxSkew: 1,
    topologyKey: 'kubernetes.io/hostname',
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: labelsOfGroup(setting, group) },
  },
]

/** The runtime class of a pod. Absent for that of the cluster. */
const runtimeClassOf = (
  { limits: { gpus = 0 } }: ProcessSpec,
  { runtimeClass, gpuRuntimeClass }: ClusterSetting,
): string | undefined => (gpus > 0 ? (gpuRuntimeClass ?? runtimeClass) : runtimeClass)

function podOf(spec: ProcessSpec, setting: ClusterSetting) {
  const runtimeClassName = runtimeClassOf(spec, setting)
  const { uid, gid } = spec.user ?? nobody
  const { volumes, mounts } = foldersOf(spec, setting)
  const lost = (key: string) => ({
    key: `node.kubernetes.io/${key}`,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: lostNodeSeconds,
  })
  return {
    // The program may not use the API of the cluster, and its environment says nothing about other services.
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    // The pause program is the first process: it passes on no signals, but it waits for orphans.
    shareProcessNamespace: true,
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: Math.ceil(spec.stopGraceMs / 1000) + setting.drainSeconds,
    ...(runtimeClassName !== undefined && { runtimeClassName }),
    ...(setting.nodeSelector && { nodeSelector: setting.nodeSelector }),
    tolerations: [lost('not-ready'), lost('unreachable'), ...(setting.tolerations ?? [])],
    ...(spec.group !== undefined && { topologySpreadConstraints: spreadOf(spec.group, setting) }),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: uid,
      runAsGroup: gid,
      fsGroup: gid,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...(setting.pullSecret !== null && { imagePullSecrets: [{ name: setting.pullSecret }] }),
    volumes,
    containers: [containerOf(spec, setting, mounts)],
  }
}

/**
 * The environment of an instance. It may contain secrets, so it is not part of the pod, which more people may read.
 * Pure.
 */
export const secretOf = (spec: ProcessSpec, setting: ClusterSetting) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  type: 'Opaque',
  metadata: {
    name: nameOf(setting, spec.id),
    labels: labelsOf(setting, spec.id),
    annotations: annotationsOf(spec.id),
  },
  stringData: withGpusOf(spec),
})

/**
 * What keeps one pod of an instance running, also while the control plane is away. A program has no capability and cannot
 * get any, writes nowhere but to /tmp and its folders, is never root, and has no token of the cluster. Pure.
 */
export function replicaSetOf(spec: ProcessSpec, setting: ClusterSetting) {
  const own = labelsOf(setting, spec.id)
  // A selector cannot be changed, so it has only what tells one instance from all others.
  const labels = { ...own, ...(spec.group !== undefined && labelsOfGroup(setting, spec.group)) }
  const annotations = annotationsOf(spec.id)
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: nameOf(setting, spec.id), labels, annotations },
    spec: {
      replicas: 1,
      selector: { matchLabels: own },
      template: { metadata: { labels, annotations }, spec: podOf(spec, setting) },
    },
  }
}

/** The versions of the API of budgets: clusters up to 1.20 have only the second, and those from 1.25 only the first. */
export type BudgetVersion = 'v1' | 'v1beta1'

/**
 * What lets whoever empties a node take at most one pod of a group at a time. The cluster counts the replicas of all
 * ReplicaSets that have a pod of it. Pure.
 */
export const budgetOf = (group: string, setting: ClusterSetting, version: BudgetVersion) => ({
  apiVersion: `policy/${version}`,
  kind: 'PodDisruptionBudget',
  metadata: {
    name: nameOf(setting, group),
    labels: { ...labelsOfGroup(setting, group), [kubernetesLabels.managedBy]: 'vitrine' },
  },
  spec: {
    maxUnavailable: 1,
    selector: { matchLabels: labelsOfGroup(setting, group) },
    // A pod that is not well serves nobody, so it does not keep a node from being emptied. Older clusters ignore this.
    ...(version === 'v1' && { unhealthyPodEvictionPolicy: 'AlwaysAllow' }),
  },
})
