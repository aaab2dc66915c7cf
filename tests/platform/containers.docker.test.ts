import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { provenanceEndpoints, runEndpoints, taskAccepted, type Task } from '@vitrine/contract'
import type { ApiClient } from '../support/api-client.ts'
import { makePythonImage } from '../support/docker-python-image.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { missingForRegistry, registryLogin, startRegistry } from '../support/image-registry.ts'
import { sharedDocker, skipDocker } from '../support/shared-docker.ts'
import { ask, setConfig } from './ask-config.ts'
import { echo } from './packages.ts'

// Containers reach no index of packages here, so the base has what the platform's runtime needs, and pip finds it there.
const python = sharedDocker ? await makePythonImage(sharedDocker.docker, sharedDocker.image) : null
const skipped = skipDocker ?? (python === null ? 'Python here lacks FastAPI or pip' : null)
// Each test goes on where the one before has ended: the releases of one service.
const title = `services in containers${skipped === null ? '' : ` (skipped: ${skipped})`}`
const longTest = 300_000
const id = 'boxed'

describe.skipIf(skipped !== null)(title, () => {
  let platform: TestPlatform
  let admin: ApiClient

  beforeAll(async () => {
    platform = await startPlatform({
      runner: 'local',
      environment: {
        VITRINE_DOCKER_HOST: `unix://${sharedDocker?.daemon.socketPath}`,
        CONTAINERS_BASE_IMAGES: `python=${python}`,
        CONTAINERS_BUILD_NETWORK: 'none',
      },
    })
    admin = await platform.admin()
  }, longTest)
  afterAll(() => platform?.dispose(), longTest)

  /** The images of the service, by the releases that their labels name. */
  const images = async () => {
    const label = [`io.vitrine.service=${id}`]
    const found = (await sharedDocker?.docker.listImages({ filters: { label } })) ?? []
    return new Map(found.map(({ Id, Labels }) => [Labels['io.vitrine.release'], { id: Id, labels: Labels }]))
  }
  const containers = async () =>
    (await sharedDocker?.docker.listContainers({ all: true, filters: { name: [`${id}-r`] } })) ?? []
  const answer = async () => (await admin.predict(id, ['x'])).text()
  /** How many steps of its image a deploy had, and how many of these were not run again. */
  const steps = ({ steps: all }: Task): number[] =>
    all
      .find(({ name }) => name === 'environment')
      ?.message?.match(/，(\d+) 步中 (\d+) 步/)
      ?.slice(1)
      .map(Number) ?? []

  test(
    'a package of the runtime becomes an image, whose container answers',
    async () => {
      await admin.upload(echo('one'), { algorithm_id: id })
      const ended = await admin.deploy(id, { service_config: { mode: 'docker' } })
      expect(ended).toMatchObject({ error: null, state: 'succeeded' })
      expect(await answer()).toContain('one:x')
      const service = await admin.service(id)
      expect(service).toMatchObject({ mode: 'docker', release: 1 })
      expect((await images()).get('1')?.labels).toMatchObject({
        'io.vitrine.algorithm': id,
        'io.vitrine.commit': service.commit,
      })
      const [container] = await containers()
      expect(container?.ImageID).toBe((await images()).get('1')?.id)
    },
    longTest,
  )

  test(
    'the next release repeats only what copies the code and names the release',
    async () => {
      await admin.upload(echo('two'), { algorithm_id: id })
      const ended = await admin.deploy(id)
      expect(ended).toMatchObject({ error: null, state: 'succeeded' })
      expect(await answer()).toContain('two:x')
      const [all = 0, cached = 0] = steps(ended)
      // The base is none of the steps that a cache can have.
      expect(all - cached).toBe(4)
    },
    longTest,
  )

  test(
    'a result names the image that it was made with',
    async () => {
      const { response } = runEndpoints['POST /runs']
      const { run_id: run } = await admin.post('/runs', response, { service_id: id, input_data: ['a'] })
      await admin.runEnd(run)
      const { response: statement } = provenanceEndpoints['GET /runs/{id}/provenance']
      const { predicate } = await admin.get(`/runs/${run}/provenance`, statement)
      const all = predicate.buildDefinition.resolvedDependencies
      const sha256 = (await images()).get('2')?.id.replace('sha256:', '')
      expect(all.find(({ annotations }) => annotations.kind === 'image')?.digest).toEqual({ sha256 })
    },
    longTest,
  )

  test(
    'a rollback runs the earlier image',
    async () => {
      const { task_id: task } = await admin.post(`/services/${id}/rollback`, taskAccepted, { release: 1 })
      expect(await admin.taskEnd(task)).toMatchObject({ error: null, state: 'succeeded' })
      expect(await answer()).toContain('one:x')
    },
    longTest,
  )

  test(
    'an image runs nowhere else, so a service leaves its containers by a deploy',
    async () => {
      await expect(admin.change(id, { mode: 'local' })).rejects.toMatchObject({
        code: 'service.mode_needs_deploy',
      })
      const ended = await admin.deploy(id, { service_config: { mode: 'local' } })
      expect(ended).toMatchObject({ error: null, state: 'succeeded' })
      expect(await admin.service(id)).toMatchObject({ mode: 'local', release: 3 })
      expect(await answer()).toContain('two:x')
      expect(await containers()).toEqual([])
    },
    longTest,
  )

  test(
    'an earlier release runs in a container again after a rollback to it',
    async () => {
      const { task_id: task } = await admin.post(`/services/${id}/rollback`, taskAccepted, { release: 2 })
      expect(await admin.taskEnd(task)).toMatchObject({ error: null, state: 'succeeded' })
      expect(await admin.service(id)).toMatchObject({ mode: 'docker', release: 2 })
      expect(await answer()).toContain('two:x')
    },
    longTest,
  )

  test.skipIf(missingForRegistry() !== null)(
    `a deploy sends its image to the registry of the configuration, from which a start fetches one that Docker has lost${missingForRegistry() === null ? '' : ` (skipped: ${missingForRegistry()})`}`,
    async () => {
      const registry = await startRegistry()
      try {
        await setConfig(admin, 'containers.registry', { value: `${registry.address}/team` })
        await setConfig(admin, 'containers.registry_user', { value: registryLogin.username })
        const refused = await admin.deploy(id)
        expect(refused.error).toMatchObject({ code: 'deploy.image_not_published' })
        expect(await answer()).toContain('two:x')

        await setConfig(admin, 'containers.registry_password', { value: registryLogin.password })
        await admin.upload(echo('three'), { algorithm_id: id })
        const ended = await admin.deploy(id)
        expect(ended).toMatchObject({ error: null, state: 'succeeded' })
        const { release } = await admin.service(id)
        const message = ended.steps.find(({ name }) => name === 'environment')?.message
        expect(message).toContain(`${registry.address}/team/`)

        expect((await admin.operate('stop', id)).state).toBe('succeeded')
        const image = (await images()).get(String(release))
        await sharedDocker?.docker.getImage(image?.id ?? '').remove({ force: true })
        expect((await images()).has(String(release))).toBe(false)
        expect(await admin.operate('start', id)).toMatchObject({ error: null, state: 'succeeded' })
        expect(await answer()).toContain('three:x')
        const log = await platform.log()
        expect([log, JSON.stringify(ended)].join()).not.toContain(registryLogin.password)
      } finally {
        for (const key of ['registry', 'registry_user', 'registry_password'])
          expect((await ask(admin, 'DELETE', `/config/containers.${key}`)).status).toBe(200)
        await registry.end()
      }
    },
    longTest,
  )

  test(
    'with a service go its containers and its images',
    async () => {
      expect(await admin.deleteService(id)).toMatchObject({ error: null, state: 'succeeded' })
      expect([await containers(), [...(await images()).keys()]]).toEqual([[], []])
    },
    longTest,
  )
})
