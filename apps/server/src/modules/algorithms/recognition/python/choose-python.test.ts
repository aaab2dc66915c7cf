import { expect, test } from 'vitest'
import type { MachinePython } from '../../../requirements/python-version.ts'
import { viewOf, type Files } from '../package.test-view.ts'
import { recognise, toInspection } from '../recognise.ts'

const machine: MachinePython[] = [
  { file: '/usr/bin/python3', version: '3.13.0', closed: null },
  { file: '/usr/bin/python3.11', version: '3.11.2', closed: null },
  { file: '/root/.pyenv/versions/3.10.13/bin/python3', version: '3.10.13', closed: '/root' },
  {
    file: '/srv/python3.12/bin/python3',
    version: '3.12.1',
    closed: null,
    fault: { zh: '服务的账户运行不了它', en: 'it does not run for the accounts of services' },
  },
]
const code = 'class Algorithm:\n    def predict(self, input_data):\n        return input_data\n'
async function inspect(files: Files, pythons = machine, language: 'zh' | 'en' = 'en') {
  const view = viewOf({ 'ai_algorithm.py': code, ...files })
  const { manifest, because, warnings, problems } = toInspection(
    await recognise(view, { packageName: 'demo' }, { pythons }),
    [],
    language,
  )
  const findings = (all: typeof warnings) => all.filter((one) => one.code.startsWith('python.'))
  return { python: manifest?.python, because, warnings: findings(warnings), problems: findings(problems) }
}

test.each<[string, Files, string, string]>([
  ['algorithm.yaml', { 'algorithm.yaml': 'python: 3.11\n' }, '3.11', '3.11.2'],
  ['.python-version', { '.python-version': '# ours\n3.11.9\n' }, '3.11.9', '3.11.2'],
  ['runtime.txt', { 'runtime.txt': 'python-3.11.4\n' }, 'python-3.11.4', '3.11.2'],
  [
    'pyproject.toml',
    { 'pyproject.toml': '[project]\nname = "x"\nrequires-python = ">=3.9,<3.12"\n' },
    '>=3.9,<3.12',
    '3.11.2',
  ],
  [
    'Poetry',
    { 'pyproject.toml': '[tool.poetry.dependencies]\npython = "^3.9"\nnumpy = "*"\n' },
    '^3.9',
    '3.13.0',
  ],
  ['Pipfile', { Pipfile: '[requires]\npython_version = "3.11"\n' }, '3.11', '3.11.2'],
  ['conda', { 'environment.yml': 'dependencies: [python=3.11, numpy]\n' }, '3.11', '3.11.2'],
])('the version that %s states picks a Python of the machine', async (_name, files, python, version) => {
  const found = await inspect(files)
  expect(found).toMatchObject({ python, warnings: [], problems: [] })
  expect(found.because.join('\n')).toContain(`it runs with ${version}`)
})

test('a model of MLflow runs with the Python that saved it', async () => {
  const MLmodel = 'flavors:\n  python_function:\n    python_version: 3.11.4\nmlflow_version: 2.9.2\n'
  const { manifest } = toInspection(
    await recognise(viewOf({ MLmodel }), { packageName: 'demo' }, { pythons: machine }),
    [],
    'en',
  )
  expect(manifest).toMatchObject({ form: 'mlflow-model', python: '3.11.4' })
})

test('a model that another Python saved is not told to run with one of the machine, but what helps', async () => {
  const files = {
    MLmodel: 'flavors:\n  python_function:\n    python_version: 3.8.20\nmlflow_version: 2.9.2\n',
    'conda.yaml': 'dependencies: [python=3.8.20, {pip: [mlflow==2.9.2, scikit-learn==1.0.2]}]\n',
  }
  const recognition = await recognise(viewOf(files), { packageName: 'demo' }, { pythons: machine })
  const problems = toInspection(recognition, [], 'en').problems.filter((one) => one.code === 'python.missing')
  expect(problems).toMatchObject([
    {
      message: expect.stringContaining('This machine has 3.13.0, 3.11.2'),
      mend: expect.stringContaining(
        'install Python 3.8, or train and save the model again with Python 3.13, 3.11.',
      ),
    },
  ])
  expect(problems[0]).not.toHaveProperty('adds')
})

test('a package that states none runs with the usual one', async () => {
  expect((await inspect({})).python).toBeUndefined()
})

test('algorithm.yaml decides alone', async () => {
  const found = await inspect({
    'algorithm.yaml': 'python: "3.13"\n',
    Pipfile: '[requires]\npython_version = "3.9"\n',
  })
  expect(found).toMatchObject({ python: '3.13', problems: [] })
})

test('a version that this machine does not have is a problem, with the Pythons that it has and a line that changes it', async () => {
  const { problems } = await inspect({ Pipfile: '[requires]\npython_version = "3.9"\n' })
  expect(problems).toMatchObject([
    {
      code: 'python.missing',
      path: 'Pipfile',
      message: 'Pipfile asks for Python 3.9. This machine has 3.13.0, 3.11.2',
      follows: expect.stringContaining('needs a container'),
      adds: { path: 'algorithm.yaml', lines: ['python: "3.13"'] },
    },
  ])
})

test('a Python that the accounts of services cannot reach is named, with the folder that is closed', async () => {
  const { problems } = await inspect({ 'algorithm.yaml': 'python: "3.10"\n' })
  expect(problems).toMatchObject([
    {
      message: expect.stringContaining(
        '/root/.pyenv/versions/3.10.13/bin/python3 would do, but the accounts of services cannot enter the folder /root',
      ),
    },
  ])
  expect(problems[0]).not.toHaveProperty('adds')
})

test('a Python that is not used is named, with the reason', async () => {
  const { problems } = await inspect({ 'algorithm.yaml': 'python: "3.12"\n' })
  expect(problems).toMatchObject([
    {
      message: expect.stringContaining(
        '/srv/python3.12/bin/python3 would do, but is not used: it does not run',
      ),
    },
  ])
})

test('a version older than the platform supports says so', async () => {
  const { problems } = await inspect({ Pipfile: '[requires]\npython_version = "2.7"\n' })
  expect(problems[0]?.message).toContain('the platform supports >=3.8')
})

test('what its author uses is no condition: without it, what the package permits is used, and told', async () => {
  const project = '[project]\nname = "x"\nrequires-python = "<3.13"\n'
  const found = await inspect({ '.python-version': '3.12\n', 'pyproject.toml': project })
  expect(found).toMatchObject({ python: '<3.13', problems: [], warnings: [{ code: 'python.other' }] })
  expect(found.warnings[0]?.message).toContain('it runs with Python 3.11.2')
})

test('what is no version is told and not followed', async () => {
  const found = await inspect({ '.python-version': 'pypy3.9-7.3.9\n' })
  expect(found).toMatchObject({ problems: [], warnings: [{ code: 'python.unreadable' }] })
  expect(found.python).toBeUndefined()
})

test.each<[string, Files, string]>([
  [
    'an exact release',
    { 'requirements.txt': 'flask==3.0.0\ngreenlet==3.0.1\n' },
    'greenlet==3.0.1 has no wheel',
  ],
  ['an upper bound', { 'requirements.txt': 'numpy>=1.20,<2\n' }, 'numpy>=1.20,<2 has no wheel'],
  [
    'a companion of an exact release',
    { 'requirements.txt': 'fastapi==0.110.0\npydantic==2.6.4\n' },
    'pydantic==2.6.4 asks for a release of pydantic-core that has no wheel for Python 3.13',
  ],
  [
    'what only fails beside another one',
    { 'requirements.txt': 'fastapi==0.95.2\npydantic==1.10.7\n' },
    'pydantic==1.10.7 fails when Python 3.13',
  ],
  [
    'a release that names its Pythons',
    { 'requirements.txt': 'ddddocr==1.5.5\n' },
    'ddddocr==1.5.5 has no wheel for Python 3.13',
  ],
  ['any patch of a release', { 'requirements.txt': 'pandas==2.1.*\n' }, 'pandas==2.1.* has no wheel'],
  [
    'what is broken by newer ones',
    { 'requirements.txt': 'Django==4.0.3\n' },
    'Django==4.0.3 fails when Python 3.13',
  ],
  [
    'a lock',
    {
      'pyproject.toml': '[tool.poetry.dependencies]\npython = "^3.11"\nnumpy = "^1.26"\n',
      'poetry.lock': '[[package]]\nname = "numpy"\nversion = "1.26.4"\n',
    },
    'numpy==1.26.4 has no wheel',
  ],
])(
  '%s that the usual Python cannot have is run with an older one of the machine',
  async (_name, files, why) => {
    const found = await inspect(files)
    expect(found).toMatchObject({ python: expect.stringContaining('<3.13'), warnings: [], problems: [] })
    expect(found.because.join('\n')).toContain(why)
    expect(found.because.join('\n')).toContain('it runs with 3.11.2')
  },
)

test('releases that the usual Python can have leave it, and so do lines for other systems', async () => {
  const lines =
    'numpy>=1.20\ngreenlet==3.1.1\npandas==2.1.4; python_version < "3.13"\nsome-thing<1\npydantic==1.10.7\nuvicorn==0.15\npyyaml==5.3.1\naiohttp==3.9.5\n'
  const found = await inspect({ 'requirements.txt': lines })
  expect(found).toMatchObject({ warnings: [], problems: [] })
  expect(found.python).toBeUndefined()
})

test('releases that no Python of the machine can load are a problem, and those without a wheel for one as well', async () => {
  const { problems, warnings } = await inspect({
    'requirements.txt': '-r requirements/common.txt\n',
    'requirements/common.txt': 'Flask==0.12.2\nJinja2==2.9.6\nlxml==4.6.2\n',
  })
  expect(problems).toMatchObject([
    {
      code: 'python.releases',
      path: 'requirements/common.txt',
      line: 2,
      message: expect.stringContaining('this machine has 3.13.0, 3.11.2'),
      mend: expect.stringContaining('jinja2>=2.10.2'),
    },
    {
      code: 'python.releases',
      line: 3,
      mend: expect.stringContaining('write python: "3.13" in algorithm.yaml'),
    },
  ])
  expect(warnings).toEqual([])
})

test('what algorithm.yaml says is not changed, and told if a release cannot run with it', async () => {
  const found = await inspect({
    'algorithm.yaml': 'python: "3.13"\n',
    'requirements.txt': 'greenlet==3.0.1\n',
  })
  expect(found).toMatchObject({ python: '3.13', problems: [], warnings: [{ code: 'python.releases' }] })
})
