import type { ManifestSource, RuntimeKind } from '@vitrine/contract'
import { statedNodeModule } from './node-package/detect.ts'
import type { PackageReading } from './package-reading.ts'
import { planFor, say, type Plan } from './plan.ts'
import { statedPythonFunction } from './python-function/detect.ts'
import { statedPythonClass } from './python-class/detect.ts'
import { statedProgram, statedWebApp } from './stated-program.ts'

const runtimeOfEntry = (entry: string): RuntimeKind => {
  if ((/^\S+$/.test(entry) && /.\.py(?:$|:.)/.test(entry)) || /^[\w.]+:\w+(\(\))?$/.test(entry))
    return 'python'
  return /^\S+\.[cm]?js$/.test(entry) ? 'node' : 'command'
}

/** `pkg.main:app` as `pkg/main.py:app`. Entries that name a file stay as they are. */
const withFile = (entry: string): string =>
  /\.py(:|$)/.test(entry)
    ? entry
    : entry.replace(/^([\w.]+):/, (_all, module: string) => `${module.replaceAll('.', '/')}.py:`)

/**
 * The plan that an entry names, among all that were found. An entry may leave out the folders above its file, unless
 * the package has exactly that file.
 */
function namedPlan(
  reading: PackageReading,
  plans: readonly Plan[],
  runtime: RuntimeKind | undefined,
  entry: string,
): Plan | undefined {
  const full = withFile(entry)
  const possible = plans.filter((plan) => runtime === undefined || runtime === plan.runtime)
  const exact = possible.find((plan) => plan.entry === full || plan.entry === `${full}()`)
  if (exact || reading.has(full.split(':')[0] ?? full)) return exact
  return possible.find((plan) => plan.entry.endsWith(`/${full}`))
}

async function pythonEntry(reading: PackageReading, entry: string): Promise<Plan> {
  if (/\s/.test(entry)) return statedProgram(reading, entry)
  const full = withFile(entry)
  const webApp = full.includes(':') ? await statedWebApp(reading, full) : null
  const called = webApp ?? (full.includes(':') ? await statedPythonFunction(reading, full) : null)
  return called ?? statedPythonClass(reading, full.includes(':') ? full : `${full}:Algorithm`)
}

const commandWithoutEntry: Plan = {
  ...planFor('command', 'command', '', [
    say('algorithm.yaml 写明 runtime: command', 'algorithm.yaml specifies runtime: command'),
  ]),
  problems: [
    {
      code: 'manifest.entry_missing',
      path: 'algorithm.yaml',
      text: say(
        'runtime: command 还要写 entry：启动服务的命令行，服务监听 $PORT',
        'runtime: command also needs entry: the command line of a server that listens on $PORT',
      ),
    },
  ],
}

const dockerRefused = (entry: string): Plan => ({
  ...planFor('command', 'docker', entry, [
    say('algorithm.yaml 写明 runtime: docker', 'algorithm.yaml specifies runtime: docker'),
  ]),
  problems: [
    {
      code: 'manifest.runtime_unsupported',
      path: 'algorithm.yaml',
      text: say(
        'runtime: docker 需要根目录有 Dockerfile，并且平台连着 Docker。没有的话，请用 python、node 或 command',
        'runtime: docker needs a Dockerfile at the top, and a platform with Docker. Without these, use python, node or command',
      ),
    },
  ],
})

/** The plan that `algorithm.yaml` itself states; `plans` are those that the code shows, `image` the one of its Dockerfile. Null if it states none. */
export async function statedPlan(
  reading: PackageReading,
  stated: ManifestSource,
  plans: readonly Plan[],
  image: Plan | null,
): Promise<Plan | null> {
  const { entry } = stated
  if (stated.runtime === 'docker') return image ?? dockerRefused(entry ?? '')
  if (stated.runtime === 'command' && entry === undefined) return commandWithoutEntry
  if (entry === undefined) return null
  const reason = say(`algorithm.yaml 指定了入口 ${entry}`, `algorithm.yaml specifies the entry ${entry}`)
  const named = namedPlan(reading, plans, stated.runtime, entry)
  if (named) return { ...named, because: [reason, ...named.because] }
  const runtime = stated.runtime ?? runtimeOfEntry(entry)
  if (runtime === 'python') return pythonEntry(reading, entry)
  if (runtime === 'node') return statedNodeModule(reading, entry)
  return planFor('command', 'command', entry, [
    say(`algorithm.yaml 指定了启动命令 ${entry}`, `algorithm.yaml specifies the command ${entry}`),
  ])
}
