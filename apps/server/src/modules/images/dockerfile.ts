import { contextFolders, imageLayout, ordinaryUser, sourceDate } from './image-layout.ts'

/** A command of a package for its image. `reads`: files of the package are given to it. */
export type RunLine = { command: string; reads: boolean }

/** What a Dockerfile is made of. All paths of the package are in the build context. */
export type ImageRecipe = {
  base: string
  /** Packages of Debian. */
  systemPackages: readonly string[]
  run: readonly RunLine[]
  /** Files of requirements, which are installed one after the other, and files that limit versions. Null if pip has nothing to do. */
  python: { requirements: readonly string[]; constraints: readonly string[]; indexUrl: string | null } | null
  /** Command lines of the package manager, before and after the code is there. Null without a `package.json`. */
  node: { install: readonly string[]; build: readonly string[]; registry: string | null } | null
}

/**
 * A command in the form that no builder reads for itself: neither a line end nor a sign in it has a meaning. One that begins as a comment
 * gets a space: the builder knows its own steps by such texts (`#(nop) COPY …`), and would take it for one of another image.
 */
const runs = (command: string) =>
  `RUN ${JSON.stringify(['/bin/sh', '-c', command.startsWith('#') ? ` ${command}` : command])}`

const copies = (from: string, to: string) => `COPY ${JSON.stringify([`${from}/`, `${to}/`])}`

function aptLines(packages: readonly string[]): string[] {
  if (packages.length === 0) return []
  const names = [...new Set(packages)].sort().join(' ')
  return [
    runs(
      `apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ${names} && rm -rf /var/lib/apt/lists/*`,
    ),
  ]
}

const ownLines = (run: ImageRecipe['run']): string[] => [
  ...(run.length === 0 ? [] : [`WORKDIR ${imageLayout.app}`]),
  ...run.flatMap(({ command, reads }, index) => [
    ...(reads ? [copies(contextFolders.run(index), imageLayout.app)] : []),
    runs(command),
  ]),
]

const pipFlags =
  '--no-input --no-cache-dir --disable-pip-version-check --progress-bar off --root-user-action ignore'

function pythonLines(python: ImageRecipe['python']): string[] {
  if (python === null) return []
  const folder = `${imageLayout.given}/python`
  const limits = python.constraints.map((file) => ` -c ${file}`).join('')
  const index = python.indexUrl === null ? '' : ` --index-url ${python.indexUrl}`
  return [
    copies(contextFolders.python, folder),
    `WORKDIR ${folder}`,
    ...python.requirements.map((file) =>
      // Debian's own Python asks for the first word. In an image nobody else installs packages.
      runs(`PIP_BREAK_SYSTEM_PACKAGES=1 python3 -m pip install ${pipFlags}${index} -r ${file}${limits}`),
    ),
  ]
}

const registryWords = (registry: string | null) =>
  registry === null ? '' : `export npm_config_registry=${registry}; `

/** Their modules stand beside the code, so that the code is copied over them. */
function nodeLines(node: ImageRecipe['node']): string[] {
  if (node === null || node.install.length === 0) return []
  return [
    copies(contextFolders.node, imageLayout.app),
    `WORKDIR ${imageLayout.app}`,
    ...node.install.map((line) => runs(`${registryWords(node.registry)}${line}`)),
  ]
}

const labelLines = (labels: Readonly<Record<string, string>>): string[] => {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return pairs.length === 0 ? [] : [`LABEL ${pairs.join(' ')}`]
}

const asNobody = [`USER ${ordinaryUser}`]

const environment = [
  `SOURCE_DATE_EPOCH=${sourceDate}`,
  'LANG=C.UTF-8',
  'PYTHONUNBUFFERED=1',
  `VITRINE_RUNTIMES=${imageLayout.runtimes}`,
  `PYTHONPATH=${imageLayout.runtimes}/python`,
]

/**
 * The Dockerfile of a package, from what changes least to what changes with every commit, so that a change of the code repeats nothing
 * above it. Pure.
 */
export function dockerfileOf(
  { base, systemPackages, run, python, node }: ImageRecipe,
  labels: Readonly<Record<string, string>> = {},
): string {
  const build = (node?.build ?? []).map((line) => runs(`${registryWords(node?.registry ?? null)}${line}`))
  const lines = [
    `FROM ${base}`,
    'USER 0:0',
    `ENV ${environment.join(' ')}`,
    ...aptLines(systemPackages),
    ...ownLines(run),
    ...pythonLines(python),
    ...nodeLines(node),
    copies(contextFolders.runtimes, imageLayout.runtimes),
    `WORKDIR ${imageLayout.app}`,
    // It also takes away the command of the base.
    `ENTRYPOINT ["${imageLayout.app}/start.sh"]`,
    ...(build.length === 0 ? asNobody : []),
    copies(contextFolders.app, imageLayout.app),
    ...(build.length === 0 ? [] : [...build, ...asNobody]),
    copies(contextFolders.release, imageLayout.app),
    ...labelLines(labels),
  ]
  return `${lines.join('\n')}\n`
}
