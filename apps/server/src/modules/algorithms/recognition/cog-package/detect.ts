import { parse } from 'yaml'
import { z } from 'zod'
import type { PackageReading } from '../package-reading.ts'
import { planFor, has, say, type Detector, type Plan } from '../plan.ts'
import { readPython } from '../python/python-source.ts'

const cogFile = z.looseObject({ predict: z.string().optional() })

function readCogFile(source: string): { predict: string } | null {
  try {
    const parsed = cogFile.safeParse(parse(source) ?? {})
    return parsed.success ? { predict: parsed.data.predict ?? 'predict.py:Predictor' } : null
  } catch (error) {
    if (error instanceof Error) return null
    throw error
  }
}

/**
 * Detects a package for Replicate's Cog: a `cog.yaml` that names the predictor, by default
 * `predict.py:Predictor`.
 */
export const detectCogPackage: Detector = async (view) => {
  const plan = await cogPlan(view)
  return plan ? [plan] : []
}

async function cogPlan(view: PackageReading): Promise<Plan | null> {
  const source = await view.readText('cog.yaml')
  if (source === null) return null
  const because = [say('找到 cog.yaml', 'Found cog.yaml')]
  const cog = readCogFile(source)
  const [file = '', name = 'Predictor'] = (cog?.predict ?? 'predict.py:Predictor').split(':')
  const result = planFor('cog-package', 'python', `${file}:${name}`, because)
  const problem = (code: string, path: string, zh: string, en: string) => ({
    ...result,
    problems: [{ code, path, text: say(zh, en) }],
  })
  if (!cog) return problem('cog.unreadable', 'cog.yaml', 'cog.yaml 无法解析', 'cog.yaml cannot be read')
  if (!has(view, file))
    return problem(
      'manifest.entry_missing',
      file,
      `cog.yaml 指的 ${file} 不在包里`,
      `${file}, which cog.yaml names, is not in the package`,
    )
  const code = await view.readText(file)
  const holder = code === null ? undefined : readPython(code).classes.find((known) => known.name === name)
  if (!holder)
    return problem('manifest.entry_missing', file, `${file} 里没有类 ${name}`, `${file} has no class ${name}`)
  because.push(say(`${file} 里有类 ${name}`, `${file} has the class ${name}`))
  return result
}
