import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { parseSettings } from '../../apps/server/src/config.ts'
import { commandsBelow } from '../support/compose.ts'

// What can be said of the manifests without a cluster. tests/platform/cluster.kubernetes.test.ts applies them.

const folder = 'deploy/kubernetes'
const read = (name: string) => readFileSync(join(folder, name), 'utf8')
const documents = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.yaml'))
  .flatMap((name) => parseAllDocuments(read(name)).map((one): unknown => one.toJS()))

const container = z.looseObject({
  image: z.string(),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).default([]),
  resources: z.object({ requests: z.unknown(), limits: z.unknown() }),
  securityContext: z.looseObject({
    allowPrivilegeEscalation: z.literal(false),
    capabilities: z.object({ drop: z.tuple([z.literal('ALL')]) }),
    privileged: z.undefined().optional(),
  }),
})
const workload = z.looseObject({
  kind: z.enum(['StatefulSet', 'Job']),
  spec: z.looseObject({
    // A job has none.
    replicas: z.literal(1).optional(),
    template: z.looseObject({
      spec: z.looseObject({
        enableServiceLinks: z.literal(false),
        hostNetwork: z.undefined().optional(),
        hostPID: z.undefined().optional(),
        securityContext: z.looseObject({
          runAsNonRoot: z.literal(true),
          seccompProfile: z.object({ type: z.literal('RuntimeDefault') }),
        }),
        containers: z.tuple([container]),
      }),
    }),
  }),
})

test('each pod is an ordinary user without rights over its node, and no manifest holds a secret', () => {
  const kinds = documents.map((one) => z.looseObject({ kind: z.string() }).parse(one).kind)
  expect(kinds).not.toContain('Secret')
  const workloads = documents.flatMap((one, index) =>
    kinds[index] === 'StatefulSet' || kinds[index] === 'Job' ? [workload.parse(one)] : [],
  )
  expect(workloads.length).toBe(3)
  for (const { spec } of workloads)
    for (const { name, value } of spec.template.spec.containers[0].env)
      if (/PASSWORD|SECRET|KEY/.test(name)) expect(value).toBeUndefined()
})

const policy = z.looseObject({
  kind: z.literal('NetworkPolicy'),
  metadata: z.object({ name: z.string(), namespace: z.string() }),
  spec: z.looseObject({
    podSelector: z.looseObject({}),
    policyTypes: z.array(z.string()),
    egress: z.unknown(),
  }),
})

test('pods of services reach and are reached by the platform alone, also where the cluster labels no namespaces', () => {
  for (const file of ['network.yaml', 'network-outside.yaml']) {
    const [first] = parseAllDocuments(read(file)).map((one): unknown => one.toJS())
    const { metadata, spec } = policy.parse(first)
    expect(metadata).toEqual({ name: 'services', namespace: 'vitrine-services' })
    expect(spec).toMatchObject({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] })
    // Kubernetes 1.20 has no label by which the namespace of the servers of names is found.
    expect(JSON.stringify(spec.egress)).toContain('{"k8s-app":"kube-dns"}')
  }
  const namespaces = parseAllDocuments(read('namespaces.yaml')).map((one): unknown => one.toJS())
  expect(namespaces).toContainEqual(
    expect.objectContaining({
      metadata: { name: 'vitrine', labels: { 'kubernetes.io/metadata.name': 'vitrine' } },
    }),
  )
})

test('what make-env.sh writes is for one account alone, is not for git, and starts a platform', () => {
  const made = mkdtempSync(join(tmpdir(), 'vitrine-make-env-'))
  try {
    for (const name of ['make-env.sh', 'vitrine.env.example'])
      copyFileSync(join(folder, name), join(made, name))
    execFileSync('sh', ['-c', 'umask 022; exec sh make-env.sh'], { cwd: made, stdio: 'pipe' })
    const lines = ['vitrine.env', 'secrets.env'].flatMap((name) => {
      expect(statSync(join(made, name)).mode & 0o777).toBe(0o600)
      return readFileSync(join(made, name), 'utf8').split('\n')
    })
    const given = lines.filter((line) => /^[A-Z]/.test(line)).map((line) => line.split(/=(.*)/s).slice(0, 2))
    const settings = parseSettings(z.record(z.string(), z.string()).parse(Object.fromEntries(given)))
    expect(settings).toMatchObject({ VITRINE_RUNNER: 'kubernetes', VITRINE_BUILD_NETWORK: 'registries' })
    expect(settings.VITRINE_SECRET_KEY?.length).toBe(64)
  } finally {
    rmSync(made, { recursive: true })
  }
  const ignored = readFileSync('.gitignore', 'utf8').split('\n')
  for (const name of ['vitrine.env', 'secrets.env*', 'migrate/migrate.env'])
    expect(ignored).toContain(`/${folder}/${name}`)
})

test('both guides have the same commands', () => {
  const pairs = [
    ['镜像', 'Image'],
    ['准备', 'Prepare'],
    ['启动', 'Start'],
    ['修改设置与升级', 'Change settings, upgrade'],
    ['用任务迁移', 'Migrate with a job'],
    ['删除', 'Remove'],
  ] as const
  for (const [chinese, english] of pairs)
    expect(commandsBelow(read('README.md'), chinese)).toBe(commandsBelow(read('README.en.md'), english))
})
