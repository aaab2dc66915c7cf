import { posix } from 'node:path'
import type { ManifestSource } from '@vitrine/contract'
import type { Finding } from '../../../sources/finding.ts'
import type { PackageReading } from '../package-reading.ts'
import { planFor, say, type Detector, type Plan } from '../plan.ts'
import { statesPython } from '../python/stated-python.ts'
import { readRequirements } from '../python/requirements.ts'
import { gpuFinding, imageFindings, notFollowedFindings } from '../stated-image.ts'
import { readCogFile, type CogFile } from './cog-file.ts'

/**
 * Detects a package for Replicate's Cog: a `cog.yaml` that names the class or function that predicts, by default
 * `predict.py:Predictor`.
 */
export const detectCogPackage: Detector = async (reading, stated) => {
  const source = await reading.readText('cog.yaml')
  if (source === null) return []
  const cog = readCogFile(source)
  const plan = planFor('cog-package', 'python', cog?.predict ?? 'predict.py:Predictor', [
    say('找到 cog.yaml', 'Found cog.yaml'),
  ])
  if (cog) return [await planOf(reading, plan, cog, stated)]
  const text = say('cog.yaml 无法解析', 'cog.yaml cannot be read')
  return [{ ...plan, problems: [{ code: 'cog.unreadable', path: 'cog.yaml', text }] }]
}

function leftFindings({ left, concurrency }: CogFile, own: ManifestSource): Finding[] {
  const findings = notFollowedFindings('cog.not_followed', 'cog.yaml', left)
  if (concurrency === null || concurrency === 1 || own.concurrency !== undefined) return findings
  const line = `concurrency: ${concurrency}`
  const mend = say(
    `如果预测可以同时在几个线程里运行，在 algorithm.yaml 里写 ${line}`,
    `If it can predict in several threads at once, write ${line} in algorithm.yaml`,
  )
  const text = say(
    `cog.yaml 的 concurrency 没有采用：一次运行一个预测`,
    `concurrency of cog.yaml is not followed: one prediction runs at a time`,
  )
  return [
    ...findings,
    {
      code: 'cog.not_followed',
      path: 'cog.yaml',
      text,
      mend,
      adds: { path: 'algorithm.yaml', lines: [line] },
    },
  ]
}

/** A problem if what `cog.yaml` names is not in the package. */
async function missing(reading: PackageReading, { predict, requirements }: CogFile): Promise<Finding[]> {
  const [file = '', name = 'Predictor'] = predict.split(':')
  const problem = (path: string, zh: string, en: string) => [
    { code: 'manifest.entry_missing', path, text: say(zh, en) },
  ]
  if (!reading.has(file))
    return problem(
      file,
      `cog.yaml 指的 ${file} 不在包里`,
      `${file}, which cog.yaml names, is not in the package`,
    )
  if (requirements !== null && !reading.has(posix.normalize(requirements)))
    return problem(
      'cog.yaml',
      `cog.yaml 的 python_requirements 指的 ${requirements} 不在包里`,
      `${requirements}, which python_requirements of cog.yaml names, is not in the package`,
    )
  const module = await reading.module(file)
  const isThere =
    module?.classes.some((one) => one.name === name) || module?.functions.some((one) => one.name === name)
  return isThere
    ? []
    : problem(file, `${file} 里没有类或函数 ${name}`, `${file} has neither a class nor a function ${name}`)
}

async function planOf(reading: PackageReading, plan: Plan, cog: CogFile, own: ManifestSource): Promise<Plan> {
  const [file = '', name = 'Predictor'] = cog.predict.split(':')
  const because = [...plan.because]
  const problems = await missing(reading, cog)
  if (problems.length === 0) because.push(say(`${file} 里有 ${name}`, `${file} has ${name}`))
  const requirements = cog.requirements === null ? null : posix.normalize(cog.requirements)
  const stated = await readRequirements(reading, '', requirements ?? undefined)
  const hasOwnStart = cog.install.length > 0 || requirements !== null || Object.keys(cog.env).length > 0
  if (cog.install.length > 0)
    because.push(
      say(
        `平台安装 cog.yaml 里的 ${cog.install.length} 个软件包`,
        `The platform installs the ${cog.install.length} package(s) in cog.yaml`,
      ),
    )
  return {
    ...plan,
    entry: `${file}:${name}`,
    because,
    problems,
    warnings: [
      ...imageFindings({ file: 'cog.yaml', packages: 'python_packages' }, cog.needsImage),
      ...leftFindings(cog, own),
      ...(cog.gpu === null ? [] : [gpuFinding('cog.yaml', cog.gpu.cuda)]),
    ],
    image: cog.needsImage,
    ...(cog.python !== null && { python: statesPython('cog.yaml', cog.python, true) }),
    ...(hasOwnStart && {
      launch: {
        folder: '',
        paths: [],
        requirements: stated.file,
        install: [...(stated.file === null ? stated.lines : []), ...cog.install],
        env: cog.env,
        start: 'python -m vitrine_runtime',
      },
    }),
  }
}
