import { shellWord } from '../../../../lib/shell-word.ts'
import type { Finding, Sentence } from '../../../sources/finding.ts'
import type { PackageReading } from '../package-reading.ts'
import { planFor, say, type Detector, type Plan } from '../plan.ts'
import { planPythonProgram } from '../python/python-launch.ts'
import { ingressApps, rayModules } from '../ray-serve/deployments.ts'
import { isDoorway, unlikeness, webAppsIn, type WebApp } from './apps.ts'
import { frameworkWords } from './frameworks.ts'
import { commandFor, namedByCommands, type NamedByCommand } from './named-by-commands.ts'
import { preparedByMain } from './main-block.ts'
import { writesOf } from './writes.ts'
import { argumentsRead, type ArgumentsRead } from './read-arguments.ts'
import { routesFound } from './routes.ts'
import { serveCommand, servers } from './servers.ts'

/** How an application is named in `algorithm.yaml`: a factory with its brackets. */
const entryOf = ({ file, name, isFactory }: WebApp) => `${file}:${name}${isFactory ? '()' : ''}`

function startOf({ framework, name, isFactory }: WebApp, module: string, readsArguments: boolean): string {
  const { calls, attribute } = framework
  const target = `${module}:${name}${attribute === undefined ? '' : `.${attribute}`}`
  return serveCommand(calls, target, { isFactory, readsArguments })
}

const aboutArguments = ({ file, line }: ArgumentsRead) =>
  say(
    `${file} 第 ${line} 行在被导入时就读命令行参数，所以平台不带参数启动它，参数用默认值`,
    `${file} line ${line} reads the arguments of the command when it is imported, so it is started without any, and their defaults count`,
  )

function evidence(app: WebApp, command: NamedByCommand | undefined): Sentence[] {
  const { framework, file, line, name, from, isFactory } = app
  const what = isFactory
    ? say(
        `函数 ${name}() 返回 ${framework.name} 应用`,
        `the function ${name}() returns a ${framework.name} app`,
      )
    : say(`${name} 是 ${framework.name} 应用`, `${name} is a ${framework.name} app`)
  const where =
    from === null || from === file ? say('', '') : say(`（定义在 ${from}）`, `, which ${from} defines`)
  const because = [
    say(`${file} 第 ${line} 行：${what.zh}${where.zh}`, `${file} line ${line}: ${what.en}${where.en}`),
  ]
  if (command)
    because.push(
      say(
        `${command.file} 第 ${command.line} 行启动的就是它`,
        `${command.file} line ${command.line} starts this one`,
      ),
    )
  return because
}

async function planOf(
  reading: PackageReading,
  app: WebApp,
  named: readonly NamedByCommand[],
  routes: readonly Sentence[],
): Promise<Plan> {
  const { calls, distribution } = app.framework
  const { module, root, launch, because, warnings } = await planPythonProgram(reading, app.file, {
    framework: [distribution],
    server: [servers[calls]],
  })
  const kept = await writesOf(reading, app.framework, { root, folder: launch.folder })
  const read = await argumentsRead(reading, app.file)
  const start = startOf(app, module, read !== null)
  return {
    ...planFor(`${calls}-app`, 'python', entryOf(app), [
      ...evidence(app, commandFor(app, named)),
      ...routes,
      ...because,
      ...(read ? [aboutArguments(read)] : []),
    ]),
    warnings: [...warnings, ...djangoFindings(app)],
    launch: {
      ...launch,
      env: {},
      start: kept?.prepare ? `${kept.prepare} && exec ${start}` : start,
      ...(kept && { writes: kept.writes }),
    },
  }
}

/**
 * A plan that runs the file as a program, if its last lines make something ready that a server which imports it would
 * miss. Null otherwise.
 */
async function programOf(
  reading: PackageReading,
  { file, framework }: WebApp,
  routes: readonly Sentence[],
): Promise<Plan | null> {
  const module = await reading.module(file)
  const [first] = module ? preparedByMain(module) : []
  if (first === undefined) return null
  const isUvicorn = framework.calls === 'asgi'
  const program = await planPythonProgram(reading, file, {
    framework: [framework.distribution],
    server: isUvicorn ? [servers.asgi] : [],
  })
  const kept = await writesOf(reading, framework, { root: program.root, folder: program.launch.folder })
  const reason = say(
    `${file} 是 ${framework.name} 应用，它的 __main__ 部分会先准备好 ${first}，所以作为程序运行`,
    `${file} is a ${framework.name} app. Its __main__ block prepares ${first}, so it is run as a program`,
  )
  return {
    ...planFor('python-app', 'python', file, [reason, ...routes, ...program.because]),
    warnings: program.warnings,
    launch: {
      ...program.launch,
      env: {},
      start: `python ${shellWord(program.file)}`,
      ...(kept && { writes: kept.writes }),
    },
  }
}

const djangoFindings = ({ framework, file }: WebApp): Finding[] => {
  const text = say(
    'Django 只接受 ALLOWED_HOSTS 里的主机名：请在 settings 里写上平台的主机名，或写 ["*"]',
    'Django only accepts the host names in ALLOWED_HOSTS. Add the host name of this platform to the settings, or ["*"]',
  )
  return framework.name === 'Django' ? [{ code: 'launch.allowed_hosts', text, path: file }] : []
}

const plansAtMost = 5
/** More files than any project has that make an application or pass it on. Packages can be hostile. */
const filesAtMost = 100

/**
 * Detects web applications that an ASGI or a WSGI server can serve, in any file: FastAPI, Starlette, Flask, Django and
 * others. They need none of the platform's routes.
 */
export const detectWebApps: Detector = async (reading) => {
  const making = await reading.modulesWith(frameworkWords)
  if (making.length === 0) return []
  const named = await namedByCommands(reading)
  const passing = (await reading.modulesWith(/app/)).filter(({ path }) => isDoorway(path))
  const modules = [...new Set([...making.slice(0, filesAtMost), ...passing.slice(0, filesAtMost)])]
  const all = await webAppsIn(reading, modules)
  const ofRay = ingressApps(reading, await rayModules(reading))
  const ofOthers = new Set(
    all.filter(({ file, name }) => ofRay.has(`${file}:${name}`)).map(({ origin }) => origin),
  )
  const apps = all.filter(
    ({ file, from, origin, needsArguments }) =>
      !needsArguments && !ofOthers.has(origin) && (from === null || isDoorway(file)),
  )
  const rank = (app: WebApp) => unlikeness(app) - (commandFor(app, named) ? 1_000 : 0)
  const sorted = apps
    .map((app) => ({ app, entry: entryOf(app), rank: rank(app) }))
    .toSorted((one, other) => one.rank - other.rank || (one.entry < other.entry ? -1 : 1))
    .map(({ app }) => app)
  // Files that import an application are other names of the same one.
  const first = new Map<string, WebApp>()
  for (const app of sorted) if (!first.has(app.origin)) first.set(app.origin, app)
  const shown = [...first.values()]
  const routes = await routesFound(reading)
  const plans: Plan[] = []
  for (const app of shown.slice(0, plansAtMost)) {
    const program = await programOf(reading, app, routes)
    plans.push(...(program ? [program] : []), await planOf(reading, app, named, routes))
  }
  return plans
}
