import { posix } from 'node:path'
import { usesRuntime, type Manifest } from '@vitrine/contract'
import { imagePlanOf } from '../algorithms/recognition/image-plan.ts'
import { environmentKind } from '../environments/environment-kind.ts'
import { nodeDependencies } from '../environments/node-dependencies.ts'
import { managerCommands, type ManagerCommands } from '../environments/node-manager-commands.ts'
import {
  constraintsFile,
  pythonDependencies,
  requirementFiles,
  requirementLines,
  type ReadRequirements,
} from '../environments/python-dependencies.ts'
import { quotedWord, shellWord } from '../../lib/shell-word.ts'
import { viewFolder } from '../sources/package-view.ts'
import { baseImageOf } from './base-images.ts'
import type { ImageRecipe } from './dockerfile.ts'
import { systemPackageInvalid } from './images.errors.ts'

/** The files of a package that go into a folder of the build context, beside files that the platform writes itself. */
export type ContextPart = { paths: readonly string[]; files: Readonly<Record<string, string>> }

/** How the image of a package is made. */
export type PackageImage = {
  recipe: ImageRecipe
  run: readonly ContextPart[]
  python: ContextPart
  node: ContextPart
}

type Input = {
  manifest: Manifest
  folder: string
  readRequirements: ReadRequirements
  /** The text of the Python runtime's own requirements file. */
  runtimeRequirements: string
  /** The images that replace others; see `containers.base_images`. */
  baseImages: readonly string[]
  registries: { pip: string | null; npm: string | null }
}

const nothing: ContextPart = { paths: [], files: {} }

/** A name as Debian writes packages, with a version or an architecture if it states one. */
const debianPackage = /^[a-z0-9][a-z0-9+.-]{1,99}(:[a-z0-9-]{1,30})?(=[A-Za-z0-9.+~:-]{1,100})?$/

/** The files of the package that a command names. Pure. */
const namedBy = (command: string, paths: ReadonlySet<string>): string[] => [
  ...new Set(
    command
      .split(/[\s;&|<>()'"]+/)
      .map((word) => posix.normalize(word === '' ? '.' : word))
      .filter((word) => paths.has(word)),
  ),
]

async function pythonOf({ manifest, folder, readRequirements, runtimeRequirements, registries }: Input) {
  const own = await pythonDependencies(folder, manifest, readRequirements)
  const runtime = usesRuntime(manifest) ? requirementLines(runtimeRequirements) : []
  if (own.lines.length === 0 && runtime.length === 0) return { recipe: null, part: nothing }
  const files = requirementFiles(own, runtime)
  const names = Object.keys(files)
  return {
    recipe: {
      requirements: names.filter((name) => name !== constraintsFile),
      constraints: [...own.limits.map(shellWord), ...names.filter((name) => name === constraintsFile)],
      indexUrl: registries.pip === null ? null : shellWord(registries.pip),
    },
    part: { paths: [...own.limits, ...own.local], files },
  }
}

/** A command of a package manager as a line of a shell, with its variables. */
const lineOf = ({ env }: ManagerCommands, { file, args }: { file: string; args: readonly string[] }) =>
  [
    ...Object.entries(env).map(([name, value]) => `${name}=${quotedWord(value)}`),
    shellWord(file),
    ...args.map(shellWord),
  ].join(' ')

const within = (folder: string, line: string) =>
  folder === '' ? line : `(cd ${shellWord(folder)} && ${line})`

async function nodeOf({ manifest, folder, registries }: Input) {
  const { launch } = manifest
  const build = launch?.build ?? []
  const all = build.length > 0 || launch?.keepsDevelopment === true
  // The commands of the build are left out, so that a change of the code does not install the dependencies again.
  const dependencies = await nodeDependencies(
    folder,
    launch && { ...launch, build: [], keepsDevelopment: all },
  )
  if (!dependencies) return { recipe: null, part: nothing }
  const access = { registry: registries.npm, caFile: null, isChecked: true }
  const commands = managerCommands(dependencies.manager, {
    npm: 'npm',
    node: 'node',
    access,
    temporary: '/tmp/vitrine',
  })
  const manager =
    commands.distribution === null
      ? []
      : [
          `npm install --prefix ${commands.folder} --no-save --no-audit --no-fund ${shellWord(commands.distribution)}`,
        ]
  const scripts = build.map(({ folder: at, command }) => {
    const [program, , name = ''] = command.split(/\s+/)
    const line = program === 'npm' ? lineOf(commands, commands.script(name)) : `npm exec --no -- ${command}`
    return within(at, line)
  })
  const prune = all && launch?.keepsDevelopment !== true ? commands.prune : []
  const { root } = dependencies
  return {
    recipe: {
      install: [
        ...manager,
        ...[...commands.before, ...commands.install(all)].map((one) => within(root, lineOf(commands, one))),
      ],
      build: [...scripts, ...prune.map((one) => within(root, lineOf(commands, one)))],
      registry: registries.npm === null ? null : shellWord(registries.npm),
    },
    part: { paths: dependencies.keeps, files: {} },
  }
}

/** Reads how the image of a package is made, from its manifest and the files of its folder. Throws `deploy.system_package_invalid`. */
export async function packageImage(input: Input): Promise<PackageImage> {
  const { manifest, folder, readRequirements } = input
  const plan = imagePlanOf(manifest)
  const wrong = plan.system_packages.find((name) => !debianPackage.test(name))
  if (wrong !== undefined) throw systemPackageInvalid({ name: wrong.slice(0, 200) })
  const { files } = await viewFolder(folder)
  const paths = new Set(files.map(({ path }) => path))
  const kind = await environmentKind(folder, manifest, readRequirements)
  const python = kind === 'python' ? await pythonOf(input) : { recipe: null, part: nothing }
  const node = kind === 'node' ? await nodeOf(input) : { recipe: null, part: nothing }
  const named = plan.run.map((command) => ({ command, reads: namedBy(command, paths) }))
  return {
    recipe: {
      base: baseImageOf(plan.base, input.baseImages),
      systemPackages: plan.system_packages,
      run: named.map(({ command, reads }) => ({ command, reads: reads.length > 0 })),
      python: python.recipe,
      node: node.recipe,
    },
    run: named.map(({ reads }) => ({ paths: reads, files: {} })),
    python: python.part,
    node: node.part,
  }
}
