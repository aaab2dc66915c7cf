import { parse } from 'yaml'
import { z } from 'zod'
import { installedBy, requirementsIn } from '../pip-command.ts'
import { statedEnvironment } from '../stated-image.ts'

const command = z.union([z.string(), z.looseObject({ command: z.string() }).transform((run) => run.command)])
const texts = z.array(z.string()).max(200).nullish()

const cogFile = z.looseObject({
  predict: z.string().optional(),
  run: z.string().optional(),
  train: z.unknown().optional(),
  environment: texts,
  concurrency: z.looseObject({ max: z.number().int().min(1).optional() }).nullish(),
  build: z
    .looseObject({
      python_packages: texts,
      python_requirements: z.string().nullish(),
      system_packages: texts,
      pre_install: z.array(command).max(200).nullish(),
      run: z.array(command).max(200).nullish(),
      gpu: z.boolean().nullish(),
      cuda: z.union([z.string(), z.number()]).nullish(),
    })
    .nullish(),
})

/** A `cog.yaml`: what the platform does as it says, and what it cannot do. */
export type CogFile = {
  /** The file and the class or function that predicts. */
  predict: string
  python: string | null
  /** Lines of a requirements file. */
  install: string[]
  /** The path of a requirements file. */
  requirements: string | null
  /** Variables of its process, as words of a shell. */
  env: Record<string, string>
  concurrency: number | null
  /** Whether it wants a GPU, with the version of CUDA if it states one. Null if it wants none. */
  gpu: { cuda: string | null } | null
  /** What these keys state, only an image can have. */
  needsImage: { system_packages: string[]; run: string[] }
  /** Other keys that are not followed, and lines of others. */
  left: string[]
}

/** A line of `python_packages`, which may name an index behind the package. Null for options alone. */
function requirementLines(line: string): string[] | null {
  if (!/^[^\s-][^\r\n]*$/.test(line)) return null
  return /\s-/.test(line) ? requirementsIn(line.split(/\s+/)) : [line]
}

/** Reads the text of a `cog.yaml`. Null if it is not valid. */
export function readCogFile(source: string): CogFile | null {
  let parsed
  try {
    parsed = cogFile.safeParse(parse(source, { maxAliasCount: 100, uniqueKeys: false }) ?? {})
  } catch (error) {
    if (error instanceof Error) return null
    throw error
  }
  if (!parsed.success) return null
  const { build, predict, run, train, environment, concurrency } = parsed.data
  const commands = [...(build?.pre_install ?? []), ...(build?.run ?? [])]
  const packages = (build?.python_packages ?? []).map((line) => ({ line, lines: requirementLines(line) }))
  const own = statedEnvironment(environment ?? [])
  return {
    predict: run ?? predict ?? 'predict.py:Predictor',
    // A number of YAML would lose a zero: 3.10.
    python: /^[ \t]*python_version:\s*["']?(\d[\d.]*)/m.exec(source)?.[1] ?? null,
    install: [
      ...packages.flatMap(({ lines }) => lines ?? []),
      ...commands.flatMap((one) => installedBy(one) ?? []),
    ],
    requirements: build?.python_requirements ?? null,
    env: own.env,
    concurrency: concurrency?.max ?? null,
    gpu: build?.gpu === true ? { cuda: build.cuda == null ? null : String(build.cuda) } : null,
    needsImage: {
      system_packages: build?.system_packages ?? [],
      run: commands.filter((one) => installedBy(one) === null),
    },
    left: [
      ...own.left,
      ...packages
        .filter(({ lines }) => lines === null)
        .map(({ line }) => `python_packages ${line.trim().split(/[\r\n]/)[0]}`),
      ...(train === undefined ? [] : ['train']),
    ],
  }
}
