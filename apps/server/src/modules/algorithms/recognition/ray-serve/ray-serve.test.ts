import { expect, test } from 'vitest'
import { inspect, startOf } from '../package.test-view.ts'

const ray = 'from ray import serve\n'
const model = '@serve.deployment\nclass Model:\n    def __call__(self, request): ...\n\n'
const listed = { 'requirements.txt': 'ray[serve]==2.49.0\n' }
const runs = (target: string) => `serve.run(pkgutil.resolve_name("${target}")`

test('an application of Ray Serve is run by it, at the address and port of the platform', async () => {
  const [form, entry, start] = await startOf({ ...listed, 'main.py': `${ray}${model}app = Model.bind()\n` })
  expect([form, entry]).toEqual(['python-app', 'main.py:app'])
  expect(start).toContain(
    'serve.start(http_options={"host": os.environ["HOST"], "port": int(os.environ["PORT"])})',
  )
  expect(start).toContain(`${runs('main:app')}, blocking=True)`)
})

test('its sockets are in a folder with a short path, and it takes no more memory and cores than it is given', async () => {
  const { manifest } = await inspect({ ...listed, 'main.py': `${ray}${model}app = Model.bind()\n` })
  expect(manifest?.launch?.env).toMatchObject({ RAY_TMPDIR: '/tmp', RAY_prestart_worker_first_driver: '0' })
  expect(manifest?.launch?.start).toContain(
    'num_cpus=max(8, os.cpu_count()), object_store_memory=256 * 2**20',
  )
})

test('of several bound deployments, the last is the application', async () => {
  const files = { ...listed, 'main.py': `${ray}${model}one = Model.bind()\ngraph = Model.bind(one)\n` }
  expect((await startOf(files))[1]).toBe('main.py:graph')
})

test('a FastAPI application that is its ingress is not served by another server, which has no object for the methods', async () => {
  const routes =
    '@serve.deployment\n@serve.ingress(app)\nclass Ingress:\n    @app.get("/name")\n    def name(self): ...\n\n'
  const bound = 'ready = Ingress.bind()\n'
  const own = { 'main.py': `${ray}from fastapi import FastAPI\napp = FastAPI()\n${routes}${bound}` }
  const imported = {
    'main.py': `${ray}from common.web import app\n${routes}${bound}`,
    'common/web.py': 'from fastapi import FastAPI\napp = FastAPI()\n',
  }
  for (const files of [own, imported]) {
    const { manifest, alternatives } = await inspect({ ...listed, ...files })
    expect(manifest?.entry).toBe('main.py:ready')
    expect(alternatives).toEqual([])
  }
})

test('a function that makes the application is called', async () => {
  const made = (head: string) => ({ ...listed, 'app.py': `${ray}${model}${head}\n    return Model.bind()\n` })
  expect((await startOf(made('def build(args: dict):')))[2]).toContain(`${runs('app:build')}({}),`)
  expect((await startOf(made('def build():')))[2]).toContain(`${runs('app:build')}(),`)
  const named = { ...listed, 'app.py': `${made('def build(args):')['app.py']}\nready = build({})\n` }
  expect((await startOf(named))[1]).toBe('app.py:ready')
})

test('a graph that a driver of Ray Serve answers for is its application, although the module imports nothing else of it', async () => {
  const files = {
    ...listed,
    'graph.py':
      'from ray.serve.drivers import DAGDriver\nfrom models import graph\nserve_graph = DAGDriver.bind(graph)\n',
    'models.py': 'from ray import serve\n\n@serve.deployment\ndef graph(request): ...\n',
  }
  expect((await startOf(files))[1]).toBe('graph.py:serve_graph')
})

test('requirements without an ending are a list, unless they are a text', async () => {
  const app = { 'main.py': `${ray}${model}app = Model.bind()\n` }
  const listOf = async (requirements: string) =>
    (await inspect({ ...app, requirements })).manifest?.launch?.requirements
  expect(
    await listOf('# what it needs\nray[serve]==2.49.0\nnumpy\n--extra-index-url https://example.org\n'),
  ).toBe('requirements')
  expect(await listOf('A machine with two graphics cards, and ray 2.49 or newer.\n')).toBeNull()
})
