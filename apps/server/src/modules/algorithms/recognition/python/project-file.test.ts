import { expect, test } from 'vitest'
import { projectDependencies } from './project-file.ts'
import { versionForPip } from './table-packages.ts'

test.each([
  ['^1.2.3', '>=1.2.3,<2'],
  ['^0.109.1', '>=0.109.1,<0.110'],
  ['^0.0.7', '>=0.0.7,<0.0.8'],
  ['~1.2.3', '>=1.2.3,<1.3'],
  ['~1', '>=1,<2'],
  ['4.0.1', '==4.0.1'],
  ['>2.0', '>2.0'],
  ['*', ''],
])('the version %s of Poetry is %s for pip', (written, expected) => {
  expect(versionForPip(written)).toBe(expected)
})

test('the dependencies of Poetry are those of the main group, without Python', () => {
  const text = `[tool.poetry]
name = "x"
[tool.poetry.dependencies]
python = "^3.11"
fastapi = "^0.109.1"
uvicorn = {extras = ["standard"], version = "^0.24.0"}
mine = {path = "../mine"}
[tool.poetry.group.dev.dependencies]
pytest = "*"
`
  expect(projectDependencies(text).lines).toEqual([
    'fastapi>=0.109.1,<0.110',
    'uvicorn[standard]>=0.24.0,<0.25',
    './../mine',
  ])
})

test('the dependencies of a Pipfile', () => {
  expect(projectDependencies('[packages]\nflask = "*"\n[dev-packages]\npytest = "*"\n').lines).toEqual([
    'flask',
  ])
})

test.each(['', '[project', '[project]\ndependencies = [', '[project]\ndependencies = 3'])(
  '%j has none',
  (text) => {
    expect(projectDependencies(text).lines).toEqual([])
  },
)

test('the indexes of uv are lines for pip, and what pip cannot do is named', () => {
  const text = `[project]
name = "x"
dependencies = ["torch==2.3.1", "numpy", "own @ https://me:hunter2@private.example/own.whl", "mine[fast]>=1; python_version > '3.8'", "tool", "both", "ssh", "inner"]
[[tool.uv.index]]
name = "mirror"
url = "https://mirror.example/simple"
default = true
[[tool.uv.index]]
name = "pytorch"
url = "https://download.pytorch.org/whl/cpu"
explicit = true
[[tool.uv.index]]
name = "unused"
url = "https://unused.example/simple"
explicit = true
[[tool.uv.index]]
name = "secret"
url = "https://me:hunter2@private.example/simple"
[[tool.uv.index]]
name = "variable"
url = "https://\${TOKEN}@private.example/simple"
[tool.uv.sources]
torch = { index = "pytorch" }
mine = { path = "libs/mine", editable = true }
tool = { git = "https://github.com/x/tool", tag = "v1", subdirectory = "py" }
both = [{ url = "https://x.example/both.whl", marker = "sys_platform == 'linux'" }, { index = "a", marker = "sys_platform == 'darwin'" }]
ssh = { git = "ssh://git@github.com/x/ssh" }
inner = { workspace = true }
[tool.uv]
constraint-dependencies = ["urllib3<2"]
exclude-newer = "2024-01-01"
`
  const { lines, limits, left } = projectDependencies(text, () => 'libs/inner')
  expect(lines).toEqual([
    '--index-url https://mirror.example/simple',
    '--extra-index-url https://download.pytorch.org/whl/cpu',
    'numpy',
    'torch==2.3.1',
    "./libs/mine[fast] ; python_version > '3.8'",
    'tool @ git+https://github.com/x/tool@v1#subdirectory=py',
    'both @ https://x.example/both.whl',
    './libs/inner',
  ])
  expect(limits).toEqual(['urllib3<2'])
  expect(left.map(({ what, why }) => [what, why.en.slice(0, 40)])).toEqual([
    ['[project] own', 'its address has a name or password. The '],
    ['index secret', 'its address has a name or password. The '],
    ['index variable', 'its address has a variable, which builds'],
    ['[tool.uv.sources] torch', 'the index pytorch is used, but pip canno'],
    ['[tool.uv.sources] ssh', 'builds reach repositories of git by http'],
    ['[tool.uv] exclude-newer', 'pip has no such setting, so it is not fo'],
  ])
  expect(JSON.stringify([lines, left])).not.toContain('hunter2')
})

test('the sources of Poetry take the place of PyPI unless they are supplemental, and PyPI itself stays the platform’s index', () => {
  const source = (more: string) =>
    projectDependencies(`[tool.poetry.dependencies]\npython = "^3.11"
torch = { version = "2.3.1", source = "torch" }
old = [{ version = "1.0", python = "<3.9" }, { version = "2.0", python = ">=3.9" }]
[[tool.poetry.source]]
name = "torch"
url = "https://download.pytorch.org/whl/cpu"
priority = "explicit"
${more}`).lines
  const packages = ['torch==2.3.1', 'old==1.0 ; python_version < "3.9"', 'old==2.0 ; python_version >= "3.9"']
  const torch = '--extra-index-url https://download.pytorch.org/whl/cpu'
  expect(source('')).toEqual([torch, ...packages])
  const mirror = '[[tool.poetry.source]]\nname = "tuna"\nurl = "https://pypi.tuna.tsinghua.edu.cn/simple"\n'
  expect(source(mirror)).toEqual([torch, '--index-url https://pypi.tuna.tsinghua.edu.cn/simple', ...packages])
  expect(source('[[tool.poetry.source]]\nname = "PyPI"\npriority = "primary"\n')).toEqual([
    torch,
    ...packages,
  ])
  expect(source(`${mirror}priority = "supplemental"\n`)).toContain(
    '--extra-index-url https://pypi.tuna.tsinghua.edu.cn/simple',
  )
})

test('a file that is no TOML is told with the line at which it ends to be', () => {
  expect(projectDependencies('[project]\ndependencies = [').left).toMatchObject([{ what: ':2' }])
})

test('a line of many spaces takes no time', () => {
  const line = `a${' '.repeat(1_900)}@`
  const read = `b${' '.repeat(1_900)}[x] >=1 ; python_version > "3"`
  const file = `[project]\ndependencies = [${JSON.stringify(line)}, ${JSON.stringify(read)}]\n[tool.uv.sources]\nb = { index = "own" }`
  expect(projectDependencies(file).lines).toEqual([line, 'b[x]>=1 ; python_version > "3"'])
})
