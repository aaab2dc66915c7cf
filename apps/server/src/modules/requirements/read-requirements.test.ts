import { describe, expect, test } from 'vitest'
import { threadTimeMs } from '../../lib/thread-time.test-setup.ts'
import { viewOf, type Files } from '../algorithms/recognition/package.test-view.ts'
import { readRequirementsFile } from './read-requirements.ts'
import { logicalLines, parseRequirement } from './requirement-lines.ts'

const read = (files: Files, file = 'requirements.txt', folder = '') =>
  readRequirementsFile(viewOf(files), file, folder)

test('lines are joined where they are continued, and comments are left out', () => {
  const text =
    '# a\nnumpy==1 # pinned\n\nscipy==2 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\r\nx@https://y/z#egg=x\n'
  expect(logicalLines(text)).toEqual([
    { text: 'numpy==1', line: 2 },
    { text: 'scipy==2 --hash=sha256:aa --hash=sha256:bb', line: 4 },
    { text: 'x@https://y/z#egg=x', line: 7 },
  ])
})

test.each([
  ['Flask_Cors >= 4 ; python_version > "3.8"', { kind: 'package', name: 'flask-cors' }],
  ['uvicorn[standard]==0.30', { kind: 'package', name: 'uvicorn', isPinned: true }],
  ['x @ https://host/x-1.whl', { kind: 'package', name: 'x' }],
  ['git+https://host/y.git@main#egg=my.y', { kind: 'package', name: 'my-y' }],
  ['-e git+https://host/y.git#egg=y', { kind: 'package', name: 'y' }],
  ['--extra-index-url https://host/simple', { kind: 'option' }],
  ['-f https://host/wheels', { kind: 'option' }],
  ['-f ./wheels', { kind: 'find-links', path: './wheels' }],
  ['--find-links=wheels', { kind: 'find-links', path: 'wheels' }],
  ['-rbase.txt', { kind: 'include', path: 'base.txt' }],
  ['-c limits.txt', { kind: 'constraint', path: 'limits.txt' }],
  ['./wheels/x-1-py3-none-any.whl', { kind: 'local', path: './wheels/x-1-py3-none-any.whl' }],
  [
    'wheels/x-1-py3-none-any.whl ; python_version > "3"',
    { kind: 'local', path: 'wheels/x-1-py3-none-any.whl' },
  ],
  ['.', { kind: 'local', path: '.' }],
  ['.[all]', { kind: 'local', path: '.', suffix: '[all]' }],
  ['-e ./lib', { kind: 'local', path: './lib' }],
  ['--editable=lib/mine', { kind: 'local', path: 'lib/mine' }],
  ['mine @ file:./lib', { kind: 'local', path: './lib' }],
  ['numpy @ file:///croot/numpy_1/work', { kind: 'local', path: '/croot/numpy_1/work' }],
])('%s', (text, expected) => {
  expect(parseRequirement(text)).toMatchObject(expected)
})

describe('a requirements file', () => {
  test('has those that it includes where they stand, seen from their own folder', async () => {
    const list = await read(
      {
        'requirements/prod.txt': 'flask==3\n-r base.txt\nwaitress\n',
        'requirements/base.txt': 'numpy\r\n--requirement=../more.txt\n',
        'more.txt': 'pillow\n',
      },
      'requirements/prod.txt',
    )
    expect(list.lines).toEqual(['flask==3', 'numpy', 'pillow', 'waitress'])
    expect(list.broken).toEqual([])
  })

  test('names files of the package as seen from its top, whether they are seen from where pip runs or from the file', async () => {
    const files = {
      'api/requirements.txt': './w/a-1-py3-none-any.whl\n-e .\n--find-links ../wheels\n-r more/b.txt\n',
      'api/more/b.txt': './c.whl\n',
      'api/more/c.whl': '',
      'api/w/a-1-py3-none-any.whl': '',
      'wheels/d.whl': '',
    }
    const list = await read(files, 'api/requirements.txt', 'api')
    expect(list.lines).toEqual([
      './api/w/a-1-py3-none-any.whl',
      './api',
      '--find-links ./wheels',
      './api/more/c.whl',
    ])
    expect(list.local).toEqual(['api/w/a-1-py3-none-any.whl', 'api', 'wheels', 'api/more/c.whl'])
  })

  test('that includes itself is read once, and the line is told', async () => {
    const list = await read({ 'requirements.txt': 'one\n-r a.txt\n', 'a.txt': 'two\n-r requirements.txt\n' })
    expect(list.lines).toEqual(['one', 'two'])
    expect(list.broken).toEqual([{ path: 'a.txt', line: 2, text: '-r requirements.txt', what: 'cycle' }])
  })

  test.each([
    ['-r gone.txt', 'missing'],
    ['./gone.whl', 'missing'],
    ['-r ../outside.txt', 'foreign'],
    ['numpy @ file:///croot/numpy_1/work', 'foreign'],
    ['C:\\wheels\\x.whl', 'foreign'],
    ['/home/me/x.whl', 'foreign'],
  ])('tells the place of %s, which pip could not follow', async (line, what) => {
    const { broken } = await read({ 'requirements.txt': `one\n${line} # the rest\n` })
    expect(broken).toEqual([{ path: 'requirements.txt', line: 2, text: line, what }])
  })

  test('that is hostile is cut off', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 200 }, (_, at) => [`r${at}.txt`, `p${at}\n-r r${at + 1}.txt\n`]),
    )
    expect((await read(many, 'r0.txt')).lines.length).toBeLessThanOrEqual(50)
    expect((await read({ 'requirements.txt': 'x\n'.repeat(100_000) })).lines.length).toBeLessThanOrEqual(
      20_000,
    )
  })
  test.each([
    ['a line with many spaces', `a${' '.repeat(150_000)}b`],
    ['a line with many beginnings of comments', `a${' #'.repeat(80_000)}\rb`],
    ['many lines that name folders', Array.from({ length: 10_000 }, (_, at) => `./f${at}`).join('\n')],
  ])('with %s is read in no time', async (_what, text) => {
    const others = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`g${at}/h`, '']))
    const begun = threadTimeMs()
    await read({ ...others, 'requirements.txt': text })
    expect(threadTimeMs() - begun).toBeLessThan(3_000)
  })
})
