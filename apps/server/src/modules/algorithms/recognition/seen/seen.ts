import { shellWord } from '../../../../lib/shell-word.ts'
import type { Finding } from '../../../sources/finding.ts'
import { serverFramework, serverNames } from '../node-server/detect.ts'
import { otherRuntimeIn } from '../node-server/own-server.ts'
import { mayBeEntry, type PackageReading } from '../package-reading.ts'
import { say } from '../plan.ts'
import { readModule } from '../python-code/module.ts'
import { marks } from './marks.ts'

const namedAtMost = 3
const filesReadAtMost = 300
const rememberedAtMost = 500_000

function listed(paths: readonly string[]): string {
  const shown = paths.slice(0, namedAtMost).join(', ')
  return paths.length > namedAtMost ? `${shown} … (${paths.length})` : shown
}

/** Libraries that say what a Python package is for. */
const libraries: Readonly<Record<string, string>> = {
  fastapi: 'FastAPI',
  flask: 'Flask',
  django: 'Django',
  starlette: 'Starlette',
  aiohttp: 'aiohttp',
  tornado: 'Tornado',
  gradio: 'Gradio',
  streamlit: 'Streamlit',
  bentoml: 'BentoML',
  litserve: 'LitServe',
  mlflow: 'MLflow',
  panel: 'Panel',
  hug: 'hug',
  triton_python_backend_utils: 'Triton',
  ts: 'TorchServe',
  ray: 'Ray',
  torch: 'PyTorch',
  tensorflow: 'TensorFlow',
  sklearn: 'scikit-learn',
  transformers: 'Transformers',
  onnxruntime: 'ONNX Runtime',
}
const webLibraries = new Set(['fastapi', 'flask', 'django', 'starlette', 'aiohttp', 'tornado'])

/**
 * Commands of libraries that serve a file by a command of their own. Bokeh, which serves for Panel, knows the origins of its
 * pages by this option alone.
 */
const ownCommands: Readonly<Record<string, (file: string) => string>> = {
  panel: (file) =>
    `panel serve ${shellWord(file)} --address "$HOST" --port "$PORT" --allow-websocket-origin '*'`,
}

/** The code of the finding that says what the Python code is for, and what to add to it. */
export const seenPythonCode = 'seen.python'

/** The first file that imports each known library. */
async function imported(reading: PackageReading): Promise<Map<string, string>> {
  const files = reading.files.map(({ path }) => path).filter((path) => path.endsWith('.py'))
  const found = new Map<string, string>()
  const budget = { left: rememberedAtMost }
  for (const path of files.slice(0, filesReadAtMost)) {
    const source = await reading.readText(path)
    for (const { module, level } of source === null ? [] : readModule(path, source, budget).imports) {
      const name = module.split('.')[0] ?? ''
      const isBetter = !found.has(name) || (mayBeEntry(path) && !mayBeEntry(found.get(name) ?? ''))
      if (level === 0 && Object.hasOwn(libraries, name) && isBetter) found.set(name, path)
    }
  }
  return found
}

const whatToAdd = (path: string, library: string): Finding['text'] => {
  if (!mayBeEntry(path))
    return say(
      '测试、文档和示例不当作入口；要运行它，请只上传它的文件夹，或在 algorithm.yaml 里写 entry',
      'Tests, documents and examples are no entries. To run it, upload only its folder, or write entry in algorithm.yaml',
    )
  return webLibraries.has(library)
    ? say(
        '没有找到可以启动的应用对象。请在 algorithm.yaml 里写 entry: 文件.py:对象名，或 runtime: python 和 entry: 启动命令',
        'No application object that can be started was found. Write entry: file.py:name in algorithm.yaml, or runtime: python and entry: the start command',
      )
    : say(
        '没有找到服务。请在根目录加 ai_algorithm.py，里面的类 Algorithm 有方法 predict(self, input_data)；或在 algorithm.yaml 里写 runtime: python 和 entry: 启动命令',
        'No server was found. Add ai_algorithm.py at the top, with a class Algorithm that has a method predict(self, input_data); or write runtime: python and entry: the start command in algorithm.yaml',
      )
}

/** The finding for a program that the command of its library serves, with the lines that say so. */
function startedBy(library: string, path: string): Finding {
  const name = libraries[library] ?? library
  const lines = ['runtime: python', `entry: ${ownCommands[library]?.(path) ?? ''}`]
  const text = say(
    `${path} 用到 ${name}，它由自己的命令启动。请在 algorithm.yaml 里写 ${lines.join(' 和 ')}；* 允许任何网站的网页连接，可以改成服务的主机名`,
    `${path} uses ${name}, which is started by a command of its own. Write ${lines.join(' and ')} in algorithm.yaml. * lets pages of every site connect; you can write the host of the service in its place`,
  )
  return { code: seenPythonCode, text, path, adds: { path: 'algorithm.yaml', lines } }
}

async function pythonSeen(reading: PackageReading): Promise<Finding[]> {
  const found = await imported(reading)
  const known = Object.keys(libraries).filter((name) => found.has(name))
  const [first] = known
  if (first === undefined) {
    const files = reading.files.map(({ path }) => path).filter((path) => path.endsWith('.py'))
    if (files.length === 0) return []
    const add = whatToAdd('main.py', '')
    const text = say(`Python 文件：${listed(files)}。${add.zh}`, `Python files: ${listed(files)}. ${add.en}`)
    return [{ code: seenPythonCode, text }]
  }
  const path = found.get(first) ?? ''
  const uses = known.map((name) => `${libraries[name]} (${found.get(name)})`).slice(0, namedAtMost)
  const starter = known.find((name) => Object.hasOwn(ownCommands, name) && mayBeEntry(found.get(name) ?? ''))
  if (starter !== undefined) return [startedBy(starter, found.get(starter) ?? '')]
  const add = whatToAdd(path, first)
  const text = say(`代码用到 ${uses.join('、')}。${add.zh}`, `The code uses ${uses.join(', ')}. ${add.en}`)
  return [{ code: seenPythonCode, text, path }]
}

async function nodeSeen(reading: PackageReading): Promise<Finding[]> {
  const path = 'package.json'
  if (!reading.has(path)) return []
  const framework = await serverFramework(reading)
  const text =
    framework === null
      ? say(
          `${path}：它的 main 没有导出 predict，也没有依赖 ${serverNames.join('、')}。请导出 predict，或在 algorithm.yaml 里写 runtime: node 和 entry: 启动的文件`,
          `${path}: its main does not export predict, and it depends on none of ${serverNames.join(', ')}. Export predict, or write runtime: node and entry: the file to start in algorithm.yaml`,
        )
      : say(
          `${path}：它依赖 ${framework}，但没有 start 脚本，包里也没有 main 写的文件或 server.js 这类常用名称的文件。请在 scripts 里写 start: node 启动的文件`,
          `${path}: it depends on ${framework}, but has no start script, and the package has neither its main file nor one of a usual name such as server.js. Add a script start: node and the file to start`,
        )
  return [{ code: 'seen.node_package', text, path }]
}

/** Code for another runtime for JavaScript, which Node does not run. */
async function otherRuntimeSeen(reading: PackageReading): Promise<Finding[]> {
  const found = await otherRuntimeIn(reading)
  if (found === null) return []
  const { path, name, how } = found
  const why =
    how === 'serves'
      ? say(`用 ${name}.serve 提供服务`, `serves by ${name}.serve`)
      : say(`像 ${name} 那样引入包（npm:、jsr:）`, `imports packages as ${name} does (npm:, jsr:)`)
  const text = say(
    `${path} ${why.zh}，平台用 Node 运行 JavaScript，没有 ${name}。请改用 node:http 的 createServer 或 Hono 的 @hono/node-server；或把 ${name} 的可执行文件放进包里，在 algorithm.yaml 里写 runtime: command 和 entry`,
    `${path} ${why.en}, but the platform runs JavaScript by Node and has no ${name}. Use createServer of node:http or Hono’s @hono/node-server; or put the executable of ${name} into the package, and write runtime: command and entry in algorithm.yaml`,
  )
  return [{ code: 'seen.other_runtime', text, path }]
}

/** What a package that nothing recognises has, why that does not run, and what to add. */
export async function whatWasSeen(reading: PackageReading): Promise<Finding[]> {
  const paths = reading.files.map(({ path }) => path)
  const files = marks.flatMap(({ code, files: pattern, words }): Finding[] => {
    const found = paths.filter((path) => pattern.test(path))
    return found[0] === undefined ? [] : [{ code, text: words(listed(found)), path: found[0] }]
  })
  return [
    ...(await pythonSeen(reading)),
    ...files,
    ...(await otherRuntimeSeen(reading)),
    ...(await nodeSeen(reading)),
  ]
}
