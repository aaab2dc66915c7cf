import { expect, test } from 'vitest'
import { inspect, type Files } from '../package.test-view.ts'

const service = (decorator: string, before = '') =>
  `import bentoml\n${before}\n@bentoml.service(${decorator})\nclass Summary:\n    @bentoml.api\n    def run(self, text: str) -> str: ...\n`

async function inspected(files: Files) {
  const { manifest, problems, warnings, because } = await inspect(files)
  return { manifest, problems, because, told: warnings.map(({ message }) => message) }
}

test('bentofile.yaml says what is installed, with which Python and which variables, and the rest is named', async () => {
  const yaml = `service: "service:Summary"
labels: {owner: me}
include: ["*.py"]
python:
  requirements_txt: ./deps/bento.txt
  packages: [scikit-learn==1.5.2]
  wheels: [./wheels/own-1-py3-none-any.whl]
  extra_index_url: ["https://download.pytorch.org/whl/cpu", "https://me:hunter2@private.example/simple"]
  lock_packages: false
docker:
  python_version: 3.10
  distro: debian
  system_packages: [ffmpeg]
  env: {MODE: two words}
envs:
  - name: TOKEN
  - name: LEVEL
    value: 3
`
  const files = {
    'service.py': service(''),
    'bentofile.yaml': yaml,
    'deps/bento.txt': 'bentoml==1.4.0\n',
    'requirements.txt': 'other\n',
    'wheels/own-1-py3-none-any.whl': '',
  }
  const { manifest, problems, told } = await inspected(files)
  expect(problems).toEqual([])
  expect(manifest?.launch).toMatchObject({
    requirements: 'deps/bento.txt',
    install: [
      '--extra-index-url https://download.pytorch.org/whl/cpu',
      'scikit-learn==1.5.2',
      './wheels/own-1-py3-none-any.whl',
    ],
    env: { BENTOML_DO_NOT_TRACK: 'True', MODE: "'two words'", LEVEL: '3' },
  })
  expect(told).toEqual(
    expect.arrayContaining([
      'docker.system_packages of bentofile.yaml needs a container: ffmpeg',
      'labels of bentofile.yaml is not followed',
      'include of bentofile.yaml is not followed',
      'python.lock_packages of bentofile.yaml is not followed',
      'docker.distro of bentofile.yaml is not followed',
      'envs TOKEN of bentofile.yaml is not followed',
      expect.stringMatching(/^python extra_index_url of bentofile.yaml: its address has a name or password/),
    ]),
  )
  expect(JSON.stringify([manifest, told])).not.toContain('hunter2')
})

test('its Python is the one of the machine that it runs with, with its zero', async () => {
  const { recognise, toInspection } = await import('../recognise.ts')
  const { viewOf } = await import('../package.test-view.ts')
  const files = { 'service.py': service(''), 'bentofile.yaml': 'docker:\n  python_version: 3.10\n' }
  const pythons = ['3.13.0', '3.10.4'].map((version) => ({ file: `/p${version}`, version, closed: null }))
  const found = toInspection(await recognise(viewOf(files), { packageName: 'demo' }, { pythons }), [], 'en')
  expect([found.manifest?.python, found.problems]).toEqual(['3.10', []])
})

test('[tool.bentoml.build] of pyproject.toml says the same', async () => {
  const project = '[tool.bentoml.build]\n[tool.bentoml.build.python]\npackages = ["numpy==1.26.4"]\n'
  const { manifest } = await inspected({ 'service.py': service(''), 'pyproject.toml': project })
  expect(manifest?.launch?.install).toEqual(['numpy==1.26.4', 'bentoml'])
})

test.each([
  [
    'under a name',
    service(
      'image=image',
      'from bentoml.images import PythonImage as I\nimage = I(python_version="3.11", distro="alpine").python_packages("numpy==1.26.4", "--index-url https://mirror.example/simple")\nimage.requirements_file("./more.txt")\nimage = image.system_packages("ffmpeg", "git").run("pip install dlib==19.24").run("curl x")\n',
    ),
  ],
  [
    'in its decorator',
    service(
      'resources={"cpu": "1"}, image=bentoml.images.Image(python_version="3.11", distro="alpine").python_packages("numpy==1.26.4", "--index-url https://mirror.example/simple").requirements_file("more.txt").system_packages("ffmpeg", "git").run("pip install dlib==19.24").run("curl x")',
    ),
  ],
])('an image of the code %s is read, not run, and counts instead of bentofile.yaml', async (_name, code) => {
  const { manifest, problems, told } = await inspected({
    'service.py': code,
    'more.txt': 'bentoml\n',
    'bentofile.yaml': 'python: {packages: [pandas]}\ndocker: {system_packages: [ffmpeg]}\n',
  })
  expect(problems).toEqual([])
  expect(manifest).toMatchObject({
    launch: {
      requirements: 'more.txt',
      install: ['numpy==1.26.4', '--index-url https://mirror.example/simple', 'dlib==19.24'],
    },
  })
  expect(told).toEqual(
    expect.arrayContaining([
      'system_packages of service.py needs a container: ffmpeg; git',
      'run of service.py needs a container: curl x',
      'Image(distro) of service.py is not followed',
      'python of bentofile.yaml is not followed',
      'docker.system_packages of bentofile.yaml is not followed',
    ]),
  )
})

test('the paths of a bentofile.yaml in a folder, and of an image there, are seen from that folder', async () => {
  const files = {
    'svc/deps/bento.txt': 'bentoml\n',
    'svc/wheels/own-1-py3-none-any.whl': '',
    'svc/conda.yml': 'dependencies: [{pip: [tqdm]}]\n',
  }
  const image = `bentoml.images.Image().requirements_file("deps/bento.txt").python_packages("./wheels/own-1-py3-none-any.whl")`
  const yaml = `python:
  requirements_txt: ./deps/bento.txt
  wheels: [wheels/own-1-py3-none-any.whl]
  find_links: [./wheels]
conda: {environment_yml: conda.yml}
`
  const ofFile = await inspected({ ...files, 'svc/service.py': service(''), 'svc/bentofile.yaml': yaml })
  expect(ofFile.manifest?.launch).toMatchObject({
    folder: 'svc',
    requirements: 'svc/deps/bento.txt',
    install: ['--find-links ./svc/wheels', './svc/wheels/own-1-py3-none-any.whl', 'tqdm'],
  })
  const code = service(`image=${image}`)
  const ofCode = await inspected({ ...files, 'svc/service.py': code, 'svc/bentofile.yaml': 'service: x\n' })
  expect(ofCode.manifest?.launch).toMatchObject({
    requirements: 'svc/deps/bento.txt',
    install: ['./svc/wheels/own-1-py3-none-any.whl'],
  })
  expect([...ofFile.told, ...ofCode.told].filter((text) => text.includes('not in the package'))).toEqual([])
})

test('the service that bentofile.yaml names is the first', async () => {
  const two = `${service('')}\n@bentoml.service\nclass Other:\n    pass\n`
  const { manifest } = await inspected({ 'service.py': two, 'bentofile.yaml': 'service: service.py:Other\n' })
  expect(manifest?.entry).toBe('service.py:Other')
})

test('a bentofile.yaml that cannot be read, or names a file that is not there, says so', async () => {
  const told = async (yaml: string) =>
    (await inspected({ 'service.py': service(''), 'bentofile.yaml': yaml })).told
  expect(await told('a: [')).toContain('bentofile.yaml cannot be read, so it is not followed')
  expect(await told('python: {requirements_txt: gone.txt}')).toContain(
    'gone.txt, which bentofile.yaml names, is not in the package',
  )
})
