import { describe, expect, test } from 'vitest'
import { textOf } from '../../sources/decode-text.ts'
import type { Files } from '../recognition/package.test-view.ts'
import { about, algorithm, examined } from './preflight.test-setup.ts'

describe('the lists of what a package needs', () => {
  const listed = async (files: Files) => {
    const { problems, warnings } = await examined({ 'ai_algorithm.py': algorithm, ...files })
    const briefly = ({ code, path, line }: { code: string; path?: string; line?: number }) => [
      code,
      path,
      line,
    ]
    return [...problems.map(briefly), ...warnings.map(briefly)]
  }

  test.each<[string, Files, unknown[]]>([
    [
      'a missing file',
      { 'requirements.txt': 'a==1\n-r gone.txt\n' },
      ['preflight.requirement_missing', 'requirements.txt', 2],
    ],
    [
      'a path of conda',
      { 'requirements.txt': 'numpy @ file:///croot/numpy/work\n' },
      ['preflight.requirement_foreign', 'requirements.txt', 1],
    ],
    [
      'two versions',
      { 'requirements.txt': 'a==1\n-r b.txt\n', 'b.txt': 'A==2\n' },
      ['preflight.requirement_conflict', 'b.txt', 1],
    ],
    [
      'the name of an import',
      { 'requirements.txt': 'a==1\nsklearn==0.0\n' },
      ['preflight.requirement_misnamed', 'requirements.txt', 2],
    ],
    [
      'a circle',
      { 'requirements.txt': 'a==1\n-r requirements.txt\n' },
      ['preflight.requirement_cycle', 'requirements.txt', 2],
    ],
    [
      'a line break in a table of Poetry, after which would stand an option of its own',
      {
        'pyproject.toml':
          '[tool.poetry.dependencies]\npython = "^3.11"\nnumpy = { version = "1.26\\n--index-url http://elsewhere.example/simple" }\n',
      },
      ['preflight.requirement_line_break', 'pyproject.toml', 3],
    ],
    [
      'a line break in a marker',
      {
        'pyproject.toml':
          '[tool.poetry.dependencies]\nnumpy = { version = "1.26", markers = "os_name == \'posix\'\\u2028evil" }\n',
      },
      ['preflight.requirement_line_break', 'pyproject.toml', 2],
    ],
    [
      'a line break in a limit of uv',
      {
        'pyproject.toml':
          '[project]\nname = "x"\ndependencies = ["a==1"]\n[tool.uv]\nconstraint-dependencies = ["b==1\\nc==2"]\n',
      },
      ['preflight.requirement_line_break', 'pyproject.toml', 5],
    ],
    [
      'no version',
      { 'requirements.txt': 'a>=1\nb==2\n' },
      ['preflight.requirement_unpinned', 'requirements.txt', undefined],
    ],
    [
      'what only conda has',
      { 'environment.yml': 'dependencies: [cudatoolkit=11, numpy]\n' },
      ['preflight.requirement_conda', 'environment.yml', undefined],
    ],
  ])('are told about with %s', async (_name, files, expected) => {
    expect(await listed(files)).toEqual([expected])
  })

  test('are not told about if pip can follow every line and each has its version', async () => {
    const files = {
      'requirements.txt':
        'a==1\n-r b.txt\n./c.whl\nd==1 ; python_version < "3"\nd==2 ; python_version > "3"\n',
      'b.txt': 'a==1\n',
      'c.whl': '',
    }
    expect(await listed(files)).toEqual([])
  })

  test.each([
    ['torch==2.1.*', 'torch==2.1.2'],
    ['numpy==1.26', 'numpy==1.26.0'],
    ['requests==2.31.0', 'requests==2.31.0,>=2'],
    ['torch==2.1.0', 'torch==2.1.0+cpu'],
    ['a==1.0rc1', 'a==1.0.RC1'],
  ])('do not contradict each other with %s and %s, which pip takes together', async (one, other) => {
    expect(
      await about(
        { 'ai_algorithm.py': algorithm, 'requirements.txt': `${one}\n${other}\n` },
        'requirement_conflict',
      ),
    ).toEqual([])
  })

  test.each([
    ['numpy==1.26', 'numpy==1.26.1'],
    ['a==1.2,>=1', 'a==1.3'],
    ['a==1', 'a==10'],
  ])('contradict each other with %s and %s', async (one, other) => {
    const files = { 'ai_algorithm.py': algorithm, 'requirements.txt': `${one}\n${other}\n` }
    expect(await about(files, 'requirement_conflict')).toHaveLength(1)
  })

  test('are read in UTF-16 as PowerShell writes it', async () => {
    const bytes = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('lightgbm==1\r\n', 'utf16le')])
    expect(textOf(bytes)).toBe('lightgbm==1\r\n')
  })
})
