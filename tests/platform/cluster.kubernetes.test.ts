import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { authEndpoints, nodeEndpoints, observingEndpoints } from '@vitrine/contract'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { ApiClient } from '../support/api-client.ts'
import {
  clusterProject,
  forward,
  makeCertificates,
  missingForCluster,
  ownAddress,
  passageOnNode,
  volumeFor,
  withCertificates,
  type ClusterProject,
  type Passage,
} from '../support/cluster.ts'
import { makePythonImage } from '../support/docker-python-image.ts'
import { dockerEnv } from '../support/compose.ts'
import { makeStandIns } from '../support/docker-stand-ins.ts'
import {
  missingForRegistry,
  registryLogin,
  startRegistry,
  type TestRegistry,
} from '../support/image-registry.ts'
import { testPassword } from '../support/platform.ts'
import { sharedDocker, skipDocker } from '../support/shared-docker.ts'
import { echo } from './packages.ts'

// What the guide of deploy/kubernetes says, done as it says on a real cluster of one node, which is this machine. The cluster needs no
// names, registry, storage class or network of its own: what stands in for them is made here. Each test goes on where the one before has ended.
const skipped = skipDocker ?? missingForRegistry() ?? (await missingForCluster())
const title = `Vitrine in a cluster${skipped === null ? '' : ` (skipped: ${skipped})`}`
const longTest = 1_800_000
const id = 'in-cluster'
const claims = [
  { namespace: 'vitrine', name: 'data-vitrine-0' },
  { namespace: 'vitrine', name: 'data-postgres-0' },
]
const listed = z.object({
  items: z.array(z.object({ metadata: z.object({ uid: z.string(), name: z.string() }), spec: z.unknown() })),
})
const manifest = z.looseObject({ kind: z.string() })

describe.skipIf(skipped !== null)(title, () => {
  let project: ClusterProject
  let registry: TestRegistry
  const passages: Passage[] = []
  let origin: string
  let admin: ApiClient

  const inFolder = (commands: string) => project.run(`cd deploy/kubernetes; ${commands}`)
  const apply = (object: unknown) =>
    project.run(`kubectl apply --filename - <<'END'\n${JSON.stringify(object)}\nEND`)
  /** What there is of services in the cluster. */
  const objects = async (kinds: string) => {
    const printed = await project.run(
      `kubectl get ${kinds} --namespace vitrine-services --selector io.vitrine/platform --output json`,
    )
    return listed.parse(JSON.parse(printed)).items
  }
  const answer = async () => (await admin.predict(id, ['x'])).text()

  /** Makes the images of the guide, of what this machine has, and sends them to the registry. */
  async function publishImages() {
    const address = sharedDocker?.daemon.address ?? ''
    const standIns = await makeStandIns(dockerEnv(address, '/tmp'))
    const { username, password } = registryLogin
    await project.run(`
      docker login --username ${username} --password ${password} ${registry.address}
      docker build --network none --build-arg NODE_IMAGE=${standIns.node} --build-arg BUILD_IMAGE=${standIns.build} \\
        --file deploy/docker/Dockerfile --tag ${registry.address}/vitrine:1 .
      docker push ${registry.address}/vitrine:1
      docker tag ${standIns.postgres} ${registry.address}/postgres:1
      docker push ${registry.address}/postgres:1`)
  }

  /** The Services alone, so that they have addresses, which stand in for the names that this cluster has not. */
  async function addressOf(file: string, name: string) {
    const text = await readFile(join(project.folder, 'deploy', 'kubernetes', file), 'utf8')
    const documents = parseAllDocuments(text).map((one) => manifest.parse(one.toJS()))
    await apply(documents.find(({ kind }) => kind === 'Service'))
    return project.run(`kubectl get service ${name} --namespace vitrine --output jsonpath={.spec.clusterIP}`)
  }

  /** Writes what the guide says that people write into the files. */
  async function writeSettings(builder: string, python: string) {
    const vitrine = await addressOf('platform.yaml', 'vitrine')
    const postgres = await addressOf('postgres.yaml', 'postgres')
    origin = `http://${vitrine}:8000`
    const place = registry.address
    await inFolder(`
      sed --in-place 's|postgres.vitrine.svc|${postgres}|' secrets.env
      sed --in-place -e 's|vitrine.vitrine.svc|${vitrine}|' -e 's|https://vitrine.example|${origin}|' \\
        -e 's|tcp://builder.example:2376|${builder}|' -e 's|registry.example/vitrine-services|${place}/team|' \\
        -e 's|BUILD_NETWORK=bridge|BUILD_NETWORK=none|' -e 's|^# \\(VITRINE_KUBERNETES_PULL_SECRET\\)|\\1|' vitrine.env
      echo CONTAINERS_BASE_IMAGES=python=${python} >>vitrine.env
      echo CONTAINERS_REGISTRY_USER=${registryLogin.username} >>vitrine.env
      echo CONTAINERS_REGISTRY_PASSWORD=${registryLogin.password} >>secrets.env
      sed --in-place 's|registry.example/vitrine|${place}/vitrine|' kustomization.yaml
      sed --in-place 's|postgres:18.6-trixie|${place}/postgres:1|' postgres.yaml`)
  }

  async function makeVolumes() {
    const node = await project.run('kubectl get nodes --output jsonpath={.items[0].metadata.name}')
    for (const claim of claims) {
      const path = join(project.folder, claim.name)
      await mkdir(path)
      await apply(volumeFor(claim, path, node))
    }
  }

  beforeAll(async () => {
    if (!sharedDocker) throw new Error('there is no Docker')
    const { daemon, docker, image } = sharedDocker
    const python = await makePythonImage(docker, image)
    if (python === null) throw new Error('Python here lacks FastAPI or pip')
    project = await clusterProject(daemon.address)
    registry = await startRegistry()
    const host = await ownAddress()
    const port = Number(registry.address.split(':')[1])
    const passage = await forward(host, port)
    passages.push(passage)
    await apply(passageOnNode(port, { host, port: passage.port }))
    await publishImages()
    const certificates = join(project.folder, 'certificates')
    await makeCertificates(certificates, host)
    const builder = await withCertificates(host, daemon.socketPath, certificates)
    passages.push(builder)
    await project.follow('Prepare')
    await writeSettings(`tcp://${host}:${builder.port}`, python)
    await makeVolumes()
  }, longTest)

  afterAll(async () => {
    const left = claims.map(({ name }) => `persistentvolume/vitrine-test-${name}`)
    await project?.run(`
      kubectl delete --ignore-not-found --filename deploy/kubernetes/namespaces.yaml
      kubectl delete --ignore-not-found clusterrolebinding/vitrine-nodes clusterrole/vitrine-nodes
      kubectl delete --ignore-not-found pod/vitrine-test-registry ${left.join(' ')}`)
    for (const passage of passages) passage.close()
    await registry?.end()
    await project?.dispose()
  }, longTest)

  test(
    'the commands of the guide start it, and its log has the link with which the first administrator is made',
    async () => {
      const printed = await project.follow('Start')
      const token = /\/setup\?token=([\w-]+)/.exec(printed)?.[1]
      expect(printed).toContain(`${origin}/setup?token=`)
      const { response } = authEndpoints['POST /setup']
      await new ApiClient(origin).post('/setup', response, {
        token,
        username: 'admin',
        password: testPassword,
      })
      admin = await new ApiClient(origin).signIn('admin', testPassword)
    },
    longTest,
  )

  test('it is an ordinary user without a capability, and nothing of a package runs beside its keys', async () => {
    const rights = await project.run(
      'kubectl exec vitrine-0 --namespace vitrine -- grep -E "^(Uid|CapEff|CapBnd|NoNewPrivs|Seccomp):" /proc/1/status',
    )
    expect(rights.split(/\s+/)).toEqual(
      'Uid: 10001 10001 10001 10001 CapEff: 0000000000000000 CapBnd: 0000000000000000 NoNewPrivs: 1 Seccomp: 2'.split(
        ' ',
      ),
    )
    const { modes } = await admin.get('/host', observingEndpoints['GET /host'].response)
    expect(modes).toEqual(['kubernetes'])
  })

  test(
    'a package becomes an image of the builder and a pod of the other namespace, which answers',
    async () => {
      await admin.upload(echo('pod'), { algorithm_id: id })
      // The whole image is compressed and sent to the registry.
      const ended = await admin.taskEnd(await admin.beginDeploy(id), longTest / 2)
      expect(ended).toMatchObject({ error: null, state: 'succeeded' })
      expect(await admin.service(id)).toMatchObject({ mode: 'kubernetes', release: 1 })
      expect(await answer()).toContain('pod:x')
      expect((await objects('pods')).length).toBe(1)
    },
    longTest,
  )

  test(
    'when the pod of the platform is replaced, the pod of the service runs on, and answers the next one',
    async () => {
      const before = await objects('pods')
      await project.run('kubectl delete pod vitrine-0 --namespace vitrine --wait')
      await project.follow('Change settings, upgrade')
      admin = await new ApiClient(origin).signIn('admin', testPassword)
      const answers = () =>
        answer().then(
          (text) => text.includes('pod:x'),
          () => false,
        )
      expect(await waitFor(answers, { timeoutMs: 120_000, everyMs: 1_000 })).toBe(true)
      const uids = (all: typeof before) => all.map(({ metadata }) => metadata.uid)
      expect(uids(await objects('pods'))).toEqual(uids(before))
    },
    longTest,
  )

  test(
    'a job migrates the database while the platform is away, and the pod of the service runs on',
    async () => {
      const before = await objects('pods')
      await inFolder(
        `sed --in-place 's|registry.example/vitrine|${registry.address}/vitrine|' migrate/kustomization.yaml`,
      )
      await project.follow('Migrate with a job')
      const log = await project.run('kubectl logs job/vitrine-migrate --namespace vitrine')
      expect(log).toContain('The tables are those of this version')
      admin = await new ApiClient(origin).signIn('admin', testPassword)
      const uids = (all: typeof before) => all.map(({ metadata }) => metadata.uid)
      expect(uids(await objects('pods'))).toEqual(uids(before))
    },
    longTest,
  )

  test('the page of nodes has the node of the pod, with what is reserved there for it', async () => {
    const { items, cluster } = await admin.get('/nodes', nodeEndpoints['GET /nodes'].response)
    expect(cluster).toMatchObject({ namespace: 'vitrine-services', answer: 'known' })
    const [node, ...others] = items.filter(({ instance_count: count }) => count > 0)
    expect(others).toEqual([])
    expect(node).toMatchObject({ kind: 'node', state: 'ready', instances: [{ service_id: id }] })
    expect(node?.memory_bytes.requested).toBeGreaterThan(0)
    expect(node?.memory_bytes.total).toBeGreaterThan(node?.memory_bytes.requested ?? 0)
  })

  test(
    'with a service goes all that it had in the cluster',
    async () => {
      expect(await admin.deleteService(id)).toMatchObject({ error: null, state: 'succeeded' })
      const isGone = async () => (await objects('replicasets,secrets,pods')).length === 0
      expect(await waitFor(isGone, { timeoutMs: 120_000, everyMs: 1_000 })).toBe(true)
    },
    longTest,
  )

  test('the commands of the guide remove it', () => project.follow('Remove'), longTest)
})
