import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { completeManifest } from '../releases/releases.test-world.ts'
import { environmentsAt, requestFor } from './request.test-setup.ts'

const hasPython = await access('/usr/bin/python3').then(
  () => true,
  () => false,
)

// Debian has only python3, and the files that say how an add-on is compiled often call python.
test.skipIf(!hasPython)('the build of a Node package has a program python', async () => {
  const root = await mkdtemp(join(tmpdir(), 'vitrine-build-python-'))
  try {
    const folder = join(root, 'package')
    await mkdir(folder)
    const script = `python -c "open('made.txt', 'w').write('by Python')"`
    await writeFile(join(folder, 'package.json'), JSON.stringify({ scripts: { build: script } }))
    const launch = {
      folder: '',
      paths: [],
      requirements: null,
      install: [],
      env: {},
      start: 'node server.js',
      build: [{ command: 'npm run build', folder: '' }],
    }
    const manifest = { ...completeManifest({ form: 'command', runtime: 'node', entry: 'server.js' }), launch }
    const environments = environmentsAt(join(root, 'environments'), { pythons: ['/usr/bin/python3'] })
    const environment = await environments.prepare(requestFor(folder, manifest))
    expect(await readFile(join(environment?.built ?? '', 'made.txt'), 'utf8')).toBe('by Python')
  } finally {
    await rm(root, { recursive: true, force: true })
  }
})
