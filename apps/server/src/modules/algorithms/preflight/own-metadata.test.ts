import { describe, expect, test } from 'vitest'
import { fastApi } from '../recognition/web-app/web-app.test-packages.ts'
import { skipPython } from './code-checker.test-setup.ts'
import { about } from './preflight.test-setup.ts'

const project = '[project]\nname = "my-shop"\nversion = "1.0"\ndependencies = ["fastapi", "uvicorn"]\n'
const app = (code: string) => ({ 'main.py': `${code}\n${fastApi}`, 'pyproject.toml': project })
const reads = 'from importlib import metadata\nVERSION = metadata.version("my_shop")'

describe.skipIf(skipPython !== null)('a program that asks for the version of its own project', () => {
  test.each([reads, 'import importlib.metadata as m\n\nVERSION = m.version("my-shop")'])(
    'is told, with the line that installs the project: %j',
    async (code) => {
      expect(await about(app(code), 'own_metadata')).toMatchObject([
        { path: 'main.py', adds: { path: 'requirements.txt', lines: ['.'] } },
      ])
    },
  )

  test('is not, if the project is installed, or it does without', async () => {
    const tried =
      'from importlib import metadata\ntry:\n    V = metadata.version("my-shop")\nexcept metadata.PackageNotFoundError:\n    V = "0"'
    expect(await about(app(tried), 'own_metadata')).toEqual([])
    expect(await about({ ...app(reads), 'requirements.txt': '.\n' }, 'own_metadata')).toEqual([])
    expect(await about(app(reads.replace('my_shop', 'fastapi')), 'own_metadata')).toEqual([])
  })
})
