import { expect, test } from 'vitest'
import { inspect } from '../package.test-view.ts'
import { setupRequirements } from './setup-file.ts'

test('setup.py states what a program needs, also by a name, and is not run', async () => {
  const setup =
    "from setuptools import setup\n\ninstall_requires = [\n    'aiohttp>=3,<4',\n    # 'old',\n    \"scikit-learn\",\n]\n\nsetup(name='x', install_requires=install_requires)\n"
  const { manifest, warnings } = await inspect({
    'setup.py': setup,
    'web/main.py': 'from aiohttp import web\nweb.run_app(web.Application())\n',
  })
  expect(manifest?.launch?.install).toEqual(['aiohttp>=3,<4', 'scikit-learn'])
  expect(warnings.map(({ code }) => code)).not.toContain('launch.requirement_missing')
})

test.each([
  [
    'setup.cfg',
    '[metadata]\nname = x\n[options]\npackages = find:\ninstall_requires =\n    flask>=2\n    # old\n    numpy; python_version > "3.8"\nzip_safe = no\n',
    ['flask>=2', 'numpy; python_version > "3.8"'],
  ],
  ['setup.cfg', '[options.extras_require]\ninstall_requires = no\n', []],
  ['setup.py', 'setup(install_requires=open("requirements.txt").read().split())\n', []],
  ['setup.py', "setup(**{'install_requires': ['a']})\n", []],
])('%s with %j', (path, source, lines) => {
  expect(setupRequirements(path, source)).toEqual(lines)
})

test('a requirements file comes first', async () => {
  const { manifest } = await inspect({
    'requirements.txt': 'fastapi\n',
    'setup.py': "setup(install_requires=['flask'])\n",
    'main.py': 'from fastapi import FastAPI\napp = FastAPI()\n',
  })
  expect(manifest?.launch?.requirements).toBe('requirements.txt')
})
