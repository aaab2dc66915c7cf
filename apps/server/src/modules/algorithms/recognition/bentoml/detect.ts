import type { ImageNeeds } from '@vitrine/contract'
import { shellWord } from '../../../../lib/shell-word.ts'
import type { Finding } from '../../../sources/finding.ts'
import type { PackageReading } from '../package-reading.ts'
import { planFor, say, type Detector, type Plan } from '../plan.ts'
import { importRoot, projectFolder } from '../python/find-module.ts'
import { fullName, type PythonModule } from '../python-code/module.ts'
import { byRank } from '../python/program-rank.ts'
import { planPythonProgram } from '../python/python-launch.ts'
import { statesPython } from '../python/stated-python.ts'
import { imageFindings, notFollowedFindings } from '../stated-image.ts'
import { fromTop, readBentoBuild, type BentoBuild } from './bento-file.ts'
import { imageOfService } from './bento-image.ts'

type Service = { path: string; name: string; line: number }

/** Services of a file: classes below `@bentoml.service`, or `svc = bentoml.Service(…)` of older versions. */
function servicesOf(module: PythonModule): Service[] {
  const service = (name: string, line: number) => ({ path: module.path, name, line })
  const classes = module.decorated.filter(
    ({ kind, callee }) => kind === 'class' && fullName(module, callee) === 'bentoml.service',
  )
  const objects = module.bindings.filter(({ callee }) => fullName(module, callee) === 'bentoml.Service')
  return [...classes, ...objects].map(({ name, line }) => service(name, line))
}

const depends = /\bbentoml\s*\.\s*depends\s*\(\s*(\w+)/g

/** The names of services that others call, so that they are not the ones to serve. */
const partsIn = (modules: readonly PythonModule[]): Set<string> =>
  new Set(modules.flatMap(({ code }) => [...code.matchAll(depends)].map(([, name = '']) => name)))

/** What the service is built with: the image in its code, else that of its file. */
type Builds = { code: BentoBuild | null; file: BentoBuild | null; findings: Finding[] }

/** What an image in the code of a folder states, with its paths as seen from the top of the package. */
const seenFrom = (folder: string, image: BentoBuild): BentoBuild => ({
  ...image,
  requirements: image.requirements.map((path) => fromTop(folder, path)),
  install: image.install.map((line) =>
    line.replace(
      /^(--find-links )?(\.{1,2}\/\S+)/,
      (_all, option: string | undefined, path: string) => `${option ?? ''}./${fromTop(folder, path)}`,
    ),
  ),
})

async function buildsOf(
  reading: PackageReading,
  { path, line }: Service,
  modules: readonly PythonModule[],
): Promise<Builds> {
  const module = modules.find((one) => one.path === path)
  const folder = projectFolder(reading, await importRoot(reading, path))
  const own = await readBentoBuild(reading, folder)
  const file = own ?? (await readBentoBuild(reading, ''))
  const image = module ? imageOfService(module, line, modules) : null
  const text = say(
    'bentofile.yaml 无法解析，没有采用',
    'bentofile.yaml cannot be read, so it is not followed',
  )
  return {
    // Its paths are seen from the folder in which BentoML builds.
    code: image && seenFrom(own === null && file !== null ? '' : folder, image),
    file: file === 'unreadable' ? null : file,
    findings: file === 'unreadable' ? [{ code: 'bentoml.unreadable', path: 'bentofile.yaml', text }] : [],
  }
}

function findingsOf(build: BentoBuild, missing: readonly string[]): Finding[] {
  const { file, needsImage, left, notFollowed } = build
  const packages = file.endsWith('.py') ? 'python_packages(…)' : 'python.packages'
  return [
    ...imageFindings({ file, packages }, needsImage),
    ...notFollowedFindings('bentoml.not_followed', file, left),
    ...[...notFollowed].map(({ what, why }) => ({
      code: 'bentoml.not_followed',
      path: file,
      text: say(`${file} 的 ${what}：${why.zh}`, `${what} of ${file}: ${why.en}`),
    })),
    ...missing.map((path) => ({
      code: 'bentoml.missing',
      path: file,
      text: say(`${file} 指的 ${path} 不在包里`, `${path}, which ${file} names, is not in the package`),
    })),
  ]
}

/** What the file states for the building of an image, where the code has an image of its own that counts instead. */
const replaced = (build: BentoBuild): BentoBuild => ({
  ...build,
  requirements: [],
  install: [],
  python: null,
  needsImage: {},
  notFollowed: [],
  left: [
    ...build.left,
    ...(build.install.length + build.requirements.length > 0 ? ['python'] : []),
    ...(build.python === null ? [] : ['docker.python_version']),
    ...Object.keys(build.needsImage).filter((key) => (build.needsImage[key] ?? []).length > 0),
  ],
})

const packageKeys = new Set(['docker.system_packages', 'system_packages'])
const scriptKeys = new Set(['docker.setup_script', 'run_script'])

/** What only an image can have, as data. Scripts are files of the package. */
function needsOf(builds: readonly BentoBuild[]): ImageNeeds {
  const needs = builds.flatMap(({ needsImage }) => Object.entries(needsImage))
  return {
    system_packages: needs.flatMap(([key, values]) => (packageKeys.has(key) ? values : [])),
    run: needs.flatMap(([key, values]) => {
      if (packageKeys.has(key)) return []
      return scriptKeys.has(key) ? values.map((path) => `bash ${shellWord(path)}`) : values
    }),
  }
}

async function planOf(
  reading: PackageReading,
  service: Service,
  modules: readonly PythonModule[],
): Promise<Plan & { service: string | null }> {
  const { path, name, line } = service
  const { code, file, findings } = await buildsOf(reading, service, modules)
  const builds = [...(code ? [code] : []), ...(file ? [code ? replaced(file) : file] : [])]
  const files = builds.flatMap(({ requirements }) => requirements)
  const [requirements = null, ...more] = files.filter((one) => reading.has(one))
  const program = await planPythonProgram(reading, path, {
    framework: ['bentoml'],
    server: [],
    given: {
      requirements,
      install: [...more.map((one) => `-r ${one}`), ...builds.flatMap(({ install }) => install)],
    },
  })
  const states = builds.find(({ python }) => python !== null)
  const reason = say(
    `${path} 第 ${line} 行：${name} 是 BentoML 服务`,
    `${path} line ${line}: ${name} is a BentoML service`,
  )
  const built = builds.map((build) =>
    say(`安装什么取自 ${build.file}`, `What is installed is as ${build.file} states`),
  )
  return {
    ...planFor('python-app', 'python', `${path}:${name}`, [reason, ...built, ...program.because]),
    service: file?.service ?? null,
    warnings: [
      ...findings,
      ...builds.flatMap((build) =>
        findingsOf(
          build,
          build.requirements.filter((one) => !reading.has(one)),
        ),
      ),
      ...program.warnings,
    ],
    healthPath: '/healthz',
    image: needsOf(builds),
    ...(states?.python && { python: statesPython(states.file, states.python, true) }),
    launch: {
      ...program.launch,
      env: { BENTOML_DO_NOT_TRACK: 'True', ...Object.assign({}, ...builds.map(({ env }) => env)) },
      start: `python -m bentoml serve ${shellWord(`${program.module}:${name}`)} --host "$HOST" --port "$PORT"`,
    },
  }
}

/** Whether the file names this service: `service:Name`, `service.py:Name`, or the module alone. */
function isNamed({ service, entry }: Plan & { service: string | null }): boolean {
  const [path = '', name = ''] = entry.split(':')
  const [module = '', wanted] = (service ?? '').split(':')
  const spelled = path.replace(/\.py$/, '').replaceAll('/', '.')
  const given = module.replace(/\.py$/, '').replaceAll('/', '.')
  return service !== null && (spelled === given || spelled.endsWith(`.${given}`)) && (wanted ?? name) === name
}

/** Detects a BentoML service. The one that `bentofile.yaml` names is the first. */
export const detectBentoMl: Detector = async (reading) => {
  const modules = await reading.modulesWith(/\bbentoml\b/)
  const parts = partsIn(modules)
  const whole = modules.flatMap(servicesOf).filter(({ name }) => !parts.has(name))
  const plans = []
  for (const service of byRank(whole, ['service', 'main', 'app', 'bento']))
    plans.push(await planOf(reading, service, modules))
  return plans
    .toSorted((one, other) => Number(isNamed(other)) - Number(isNamed(one)))
    .map(({ service: _service, ...plan }) => plan)
}
