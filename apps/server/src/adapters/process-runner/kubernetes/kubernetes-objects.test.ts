import { expect, test } from 'vitest'
import { z } from 'zod'
import { kubernetesSettings } from '../../kubernetes/kubernetes.settings.ts'
import type { ProcessSpec } from '../process-runner.ts'
import { checkSpec, replicaSetOf, reservedOf, secretOf } from './kubernetes-objects.ts'
import { podFacts, replicaSetFacts } from './pod-facts.ts'

const setting = { platform: 'p1', namespace: 'services', pullSecret: 'login', drainSeconds: 3 }
const spec = (changes: Partial<ProcessSpec> = {}): ProcessSpec => ({
  id: 'demo-r1-1',
  file: '/app/start.sh',
  args: ['$HOME', '$(PORT)', 'plain'],
  cwd: '/app',
  env: { TOKEN: 'a secret' },
  listens: 'port',
  stdoutLog: '/logs/out',
  stderrLog: '/logs/err',
  startSeconds: 1,
  stopGraceMs: 20_000,
  user: { uid: 1234, gid: 1235 },
  limits: { memory_mb: 256, cpu: 0.5 },
  sandbox: { read: [], write: ['/data/work'] },
  image: 'registry.example/team/demo@sha256:0',
  ...changes,
})
const podOf = (changes: Partial<ProcessSpec> = {}, others = {}) =>
  replicaSetOf(spec(changes), { ...setting, ...others }).spec.template.spec
const containerOf = (changes: Partial<ProcessSpec> = {}, others = {}) => podOf(changes, others).containers[0]

test('a program is an ordinary user without any right, on a read-only root', () => {
  expect(podOf()).toMatchObject({
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 1234,
      runAsGroup: 1235,
      fsGroup: 1235,
      seccompProfile: { type: 'RuntimeDefault' },
    },
  })
  expect(containerOf()?.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  })
  expect(podOf({ user: null }).securityContext.runAsUser).toBe(65_534)
})

test('it writes to /tmp and its folders alone', () => {
  expect(containerOf()?.volumeMounts).toEqual([
    { name: 'folder-0', mountPath: '/data/work' },
    { name: 'tmp', mountPath: '/tmp' },
  ])
  expect(podOf().volumes).toEqual([
    { name: 'folder-0', emptyDir: {} },
    { name: 'tmp', emptyDir: {} },
  ])
})

test('a command reaches the program as it is: the cluster would replace what looks like a variable', () => {
  expect(containerOf()).toMatchObject({ command: ['/app/start.sh'], args: ['$$HOME', '$$(PORT)', 'plain'] })
})

test('its environment is a secret, and no part of the pod', () => {
  expect(secretOf(spec(), setting).stringData).toEqual({
    TOKEN: 'a secret',
    NVIDIA_VISIBLE_DEVICES: 'void',
  })
  expect(JSON.stringify(replicaSetOf(spec(), setting))).not.toContain('a secret')
})

test('a tenth of what it may use is reserved, but never more than that', () => {
  expect(containerOf()?.resources).toEqual({
    limits: { memory: '256Mi', cpu: '500m' },
    requests: { memory: '32Mi', cpu: '50m' },
  })
  expect(containerOf({ limits: { cpu: 0.02 } })?.resources).toEqual({
    limits: { cpu: '20m' },
    requests: { cpu: '10m' },
  })
  expect(containerOf({ limits: { memory_mb: 4_000 } })?.resources.requests).toEqual({ memory: '400Mi' })
  expect(containerOf({ limits: { memory_mb: 16 } })?.resources.requests).toEqual({ memory: '16Mi' })
  expect(containerOf({ limits: {} })?.resources).toEqual({ limits: {}, requests: {} })
  expect(reservedOf({ memory_mb: 256, cpu: 0.5, gpus: 1 })).toEqual({
    cpu: 0.05,
    memoryBytes: 32 * 1024 ** 2,
    gpus: 1,
  })
  expect(reservedOf({})).toEqual({ cpu: 0, memoryBytes: 0, gpus: 0 })
})

test('graphics processors are reserved whole, because a cluster shares none', () => {
  const both = { 'nvidia.com/gpu': '2' }
  expect(containerOf({ limits: { gpus: 2 } })?.resources).toEqual({ limits: both, requests: both })
  expect(containerOf({ limits: { gpus: 0 } })?.resources).toEqual({ limits: {}, requests: {} })
})

test('a pod that serves keeps serving for a while after it was told to end, and one that does not serve ends at once', () => {
  expect(containerOf()?.lifecycle).toEqual({ preStop: { exec: { command: ['sleep', '3'] } } })
  expect(podOf().terminationGracePeriodSeconds).toBe(23)
  expect(containerOf({ listens: undefined })).not.toHaveProperty('lifecycle')
  expect(containerOf({ listens: undefined })).not.toHaveProperty('env')
})

test('nodes sign in at the registry with the secret that is set', () => {
  expect(podOf()).toMatchObject({ imagePullSecrets: [{ name: 'login' }] })
  expect(podOf({}, { pullSecret: null })).not.toHaveProperty('imagePullSecrets')
})

test('pods have the runtime class that is set, and those with graphics processors one of their own', () => {
  const classes = { runtimeClass: 'gvisor', gpuRuntimeClass: 'nvidia' }
  const gpu = { limits: { gpus: 1 } }
  expect(podOf()).not.toHaveProperty('runtimeClassName')
  expect(podOf({}, { runtimeClass: 'gvisor' })).toHaveProperty('runtimeClassName', 'gvisor')
  expect(podOf(gpu, { runtimeClass: 'gvisor' })).toHaveProperty('runtimeClassName', 'gvisor')
  expect(podOf({}, classes)).toHaveProperty('runtimeClassName', 'gvisor')
  expect(podOf(gpu, classes)).toHaveProperty('runtimeClassName', 'nvidia')
  expect(podOf({ limits: { gpus: 0 } }, { gpuRuntimeClass: 'nvidia' })).not.toHaveProperty('runtimeClassName')
})

test('pods run on the nodes that the settings name, and stay only a moment on one that is lost', () => {
  const lost = podOf().tolerations
  expect(lost).toMatchObject([
    { key: 'node.kubernetes.io/not-ready', tolerationSeconds: 30 },
    { key: 'node.kubernetes.io/unreachable', tolerationSeconds: 30 },
  ])
  expect(podOf()).not.toHaveProperty('nodeSelector')
  const { VITRINE_KUBERNETES_NODE_SELECTOR: nodeSelector, VITRINE_KUBERNETES_TOLERATIONS: tolerations } = z
    .object(kubernetesSettings)
    .parse({
      VITRINE_KUBERNETES_NODE_SELECTOR: 'node.example.com/pool=services, spare=',
      VITRINE_KUBERNETES_TOLERATIONS: 'dedicated=vitrine:NoSchedule, nvidia.com/gpu:NoExecute',
    })
  expect(podOf({}, { nodeSelector, tolerations })).toMatchObject({
    nodeSelector: { 'node.example.com/pool': 'services', spare: '' },
    tolerations: [
      ...lost,
      { key: 'dedicated', operator: 'Equal', value: 'vitrine', effect: 'NoSchedule' },
      { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoExecute' },
    ],
  })
})

test('pods of one service are labelled as such, and go to different nodes where that is possible', () => {
  const { metadata, spec: made } = replicaSetOf(spec({ group: 'demo' }), setting)
  const labels = { 'io.vitrine/platform': 'p1', 'io.vitrine/service': 'demo' }
  expect(metadata.labels).toMatchObject(labels)
  expect(made.template.metadata.labels).toMatchObject(labels)
  expect(made.template.spec.topologySpreadConstraints).toEqual([
    {
      maxSkew: 1,
      topologyKey: 'kubernetes.io/hostname',
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: labels },
    },
  ])
})

test('an id that is too long for a label is in an annotation, and read back from there', () => {
  const id = `${'a'.repeat(63)}-r1-1`
  const { metadata, spec: made } = replicaSetOf(spec({ id }), setting)
  const label = metadata.labels['io.vitrine/instance']
  expect(label).toMatch(/^a{50}\.[0-9a-f]{12}$/)
  expect(metadata.name).toBe(`vitrine-p1-${label}`)
  expect(made.selector.matchLabels).toMatchObject({ 'io.vitrine/instance': label })
  for (const { labels, annotations } of [
    metadata,
    made.template.metadata,
    secretOf(spec({ id }), setting).metadata,
  ]) {
    const here = { name: 'x', uid: '1', labels, annotations }
    expect(replicaSetFacts({ metadata: here })).toMatchObject({ instance: id, platform: 'p1' })
    expect(podFacts({ metadata: { ...here, creationTimestamp: '2026-01-01T00:00:00Z' } }).instance).toBe(id)
  }
})

test('a selector never changes, and what stands alone has neither the label nor the wish', () => {
  const { metadata, spec: alone } = replicaSetOf(spec(), setting)
  expect(replicaSetOf(spec({ group: 'demo' }), setting).spec.selector).toEqual(alone.selector)
  expect(alone.selector.matchLabels).toEqual(metadata.labels)
  expect(metadata.labels).not.toHaveProperty('io.vitrine/service')
  expect(alone.template.spec).not.toHaveProperty('topologySpreadConstraints')
})

test.each([
  ['no image', { image: undefined }],
  ['no network', { sandbox: { read: [], write: [], isCutOff: true } }],
  ['folders of this machine', { sandbox: { read: ['/data/models'], write: [] } }],
] as const)('a program with %s is refused', (_what, changes) => {
  expect(() => checkSpec(spec(changes))).toThrow(expect.objectContaining({ code: 'process.spec_unusable' }))
  expect(() => checkSpec(spec())).not.toThrow()
})
