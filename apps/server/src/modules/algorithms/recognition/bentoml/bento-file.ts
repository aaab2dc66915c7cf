import { posix } from 'node:path'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { condaDependencies } from '../../../requirements/conda-file.ts'
import { indexLines, type NotFollowed } from '../../../requirements/package-indexes.ts'
import { readToml } from '../../../requirements/toml.ts'
import type { PackageReading } from '../package-reading.ts'
import { joinPath } from '../python/find-module.ts'
import { statedEnvironment } from '../stated-image.ts'

const text = z.string().nullish()
const texts = z
  .union([z.string(), z.array(z.string()).max(500)])
  .nullish()
  .transform((one) => (typeof one === 'string' ? [one] : (one ?? [])))

const bentoFile = z.looseObject({
  service: text,
  python: z
    .looseObject({
      requirements_txt: text,
      packages: texts,
      wheels: texts,
      index_url: text,
      extra_index_url: texts,
      find_links: texts,
    })
    .nullish(),
  docker: z
    .looseObject({
      python_version: z.union([z.string(), z.number()]).nullish(),
      system_packages: texts,
      setup_script: text,
      env: z.union([z.record(z.string(), z.coerce.string()), z.array(z.string())]).nullish(),
    })
    .nullish(),
  conda: z
    .looseObject({
      environment_yml: text,
      dependencies: z.array(z.unknown()).nullish(),
      pip: texts,
    })
    .nullish(),
  envs: z.array(z.looseObject({ name: z.string(), value: z.coerce.string().optional() })).nullish(),
})

/** What BentoML builds a service with, as far as the platform does the same, and the rest. */
export type BentoBuild = {
  /** The file that states it. */
  file: string
  service: string | null
  python: string | null
  requirements: string[]
  install: string[]
  env: Record<string, string>
  needsImage: Record<string, string[]>
  /** Keys that are not followed. */
  left: string[]
  notFollowed: NotFollowed[]
}

const followed = {
  top: new Set(['service', 'python', 'docker', 'conda', 'envs']),
  python: new Set(['requirements_txt', 'packages', 'wheels', 'index_url', 'extra_index_url', 'find_links']),
  docker: new Set(['python_version', 'system_packages', 'setup_script', 'env']),
  conda: new Set(['environment_yml', 'dependencies', 'pip']),
}

const othersOf = (part: object | null | undefined, known: ReadonlySet<string>, before: string): string[] =>
  Object.entries(part ?? {})
    .filter(([key, value]) => !known.has(key) && value !== null && value !== undefined)
    .map(([key]) => `${before}${key}`)

type Parsed = z.infer<typeof bentoFile>

function environmentIn({ docker, envs }: Parsed) {
  const ofDocker = Array.isArray(docker?.env)
    ? docker.env
    : Object.entries(docker?.env ?? {}).map(([name, value]) => `${name}=${value}`)
  const given = (envs ?? []).flatMap(({ name, value }) => (value === undefined ? [] : [`${name}=${value}`]))
  const unset = (envs ?? []).filter(({ value }) => value === undefined).map(({ name }) => `envs ${name}`)
  const { env, left } = statedEnvironment([...ofDocker, ...given])
  return { env, left: [...left, ...unset] }
}

/**
 * A path in the file of a folder, or in the code of a project there, as seen from the top of the package. What is no path, or one
 * of another machine, stays as it is.
 */
export const fromTop = (folder: string, path: string): string =>
  path.startsWith('/') || /^[a-z]+:/i.test(path) ? path : posix.normalize(posix.join(folder, path))

async function condaIn(reading: Pick<PackageReading, 'readText'>, folder: string, { conda }: Parsed) {
  const listed = stringify({ dependencies: [...(conda?.dependencies ?? []), { pip: conda?.pip ?? [] }] })
  const path = conda?.environment_yml
  const named = path ? ((await reading.readText(fromTop(folder, path))) ?? '') : ''
  const [here, there] = [condaDependencies(listed), condaDependencies(named)]
  return {
    lines: [...there.lines, ...here.lines],
    left: [...there.left, ...here.left].map((one) => `conda ${one}`),
    python: here.python ?? there.python,
  }
}

/** A folder or page with distributions: a path is written as pip knows one. */
const linksAt = (folder: string, url: string): string =>
  /^\.{1,2}\//.test(url) ? `./${fromTop(folder, url)}` : url

function indexesIn(folder: string, { python }: Parsed) {
  const index = (name: string, url: string, isDefault: boolean, isFlat: boolean) => ({
    name,
    url,
    isDefault,
    isFlat,
  })
  return indexLines(
    [
      ...(python?.index_url ? [index('index_url', python.index_url, true, false)] : []),
      ...(python?.extra_index_url ?? []).map((url) => index('extra_index_url', url, false, false)),
      ...(python?.find_links ?? []).map((url) => index('find_links', linksAt(folder, url), false, true)),
    ],
    'python',
  )
}

/** Reads what is stated for a build. `written` is the version of Python as the text has it: a number would lose a zero. */
async function buildOf(
  reading: Pick<PackageReading, 'readText'>,
  { folder, file }: { folder: string; file: string },
  content: unknown,
  written: string | null,
): Promise<BentoBuild | null> {
  const parsed = bentoFile.safeParse(content ?? {}).data
  if (!parsed) return null
  const { python, docker, conda } = parsed
  const environment = environmentIn(parsed)
  const indexes = indexesIn(folder, parsed)
  const fromConda = await condaIn(reading, folder, parsed)
  const wheels = (python?.wheels ?? []).map((path) => `./${fromTop(folder, path)}`)
  return {
    file,
    service: parsed.service ?? null,
    python: docker?.python_version === undefined ? fromConda.python : written,
    requirements: python?.requirements_txt ? [fromTop(folder, python.requirements_txt)] : [],
    install: [...indexes.lines, ...(python?.packages ?? []), ...wheels, ...fromConda.lines],
    env: environment.env,
    needsImage: {
      'docker.system_packages': docker?.system_packages ?? [],
      'docker.setup_script': docker?.setup_script ? [docker.setup_script] : [],
    },
    left: [
      ...othersOf(parsed, followed.top, ''),
      ...othersOf(python, followed.python, 'python.'),
      ...othersOf(docker, followed.docker, 'docker.'),
      ...othersOf(conda, followed.conda, 'conda.'),
      ...environment.left,
      ...fromConda.left,
    ],
    notFollowed: indexes.left,
  }
}

const writtenVersion = (source: string): string | null =>
  /^[ \t]*python_version\s*[:=]\s*["']?(\d[\d.]*)/m.exec(source)?.[1] ?? null

const tomlBuild = z.object({ tool: z.object({ bentoml: z.object({ build: z.unknown() }) }) })

/**
 * Reads `bentofile.yaml`, or `[tool.bentoml.build]` of `pyproject.toml`, in a folder. Null if there is neither; "unreadable"
 * for a file that cannot be parsed.
 */
export async function readBentoBuild(
  reading: Pick<PackageReading, 'readText'>,
  folder: string,
): Promise<BentoBuild | 'unreadable' | null> {
  const at = (name: string) => ({ folder, file: joinPath(folder, name) })
  const yaml = await reading.readText(at('bentofile.yaml').file)
  if (yaml !== null) {
    try {
      const content: unknown = parse(yaml, { maxAliasCount: 100, uniqueKeys: false })
      return (await buildOf(reading, at('bentofile.yaml'), content, writtenVersion(yaml))) ?? 'unreadable'
    } catch (error) {
      if (error instanceof Error) return 'unreadable'
      throw error
    }
  }
  const source = await reading.readText(at('pyproject.toml').file)
  const toml = source === null ? null : readToml(source)
  const found = toml && 'content' in toml ? tomlBuild.safeParse(toml.content).data : undefined
  if (source === null || !found) return null
  return buildOf(reading, at('pyproject.toml'), found.tool.bentoml.build, writtenVersion(source))
}
