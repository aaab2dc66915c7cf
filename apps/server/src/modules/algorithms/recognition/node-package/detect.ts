import { posix } from 'node:path'
import { z } from 'zod'
import type { PackageView } from '../../../sources/package-view.ts'
import { exportsName } from './javascript-source.ts'
import { planFor, has, say, type Detector, type Plan } from '../plan.ts'

const packageFile = z.looseObject({ main: z.string().optional() })

function mainOf(source: string): string | null {
  try {
    const parsed = packageFile.safeParse(JSON.parse(source))
    return parsed.success ? posix.normalize(parsed.data.main ?? 'index.js').replace(/^\.?\//, '') : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** `main` may omit the file ending or name a folder, as Node allows. */
const fileOf = (view: PackageView, main: string) =>
  [main, `${main}.js`, `${main}.mjs`, `${main}.cjs`, `${main.replace(/\/$/, '')}/index.js`].find((path) =>
    has(view, path),
  )

/** Checks the module that a stated entry names, and reports what is wrong with it. */
export async function statedNodeModule(view: PackageView, entry: string): Promise<Plan> {
  const because = [say(`algorithm.yaml 指定了入口 ${entry}`, `algorithm.yaml specifies the entry ${entry}`)]
  const result = planFor('node-package', 'node', entry, because)
  const source = await view.readText(entry)
  if (source !== null && exportsName(source, 'predict')) return result
  if (has(view, entry)) {
    const text = say(
      `没有发现 ${entry} 导出 predict，请确认`,
      `${entry} does not seem to export predict. Make sure that it does`,
    )
    return { ...result, warnings: [{ code: 'manifest.no_predict', text, path: entry }] }
  }
  const text = say(`入口文件 ${entry} 不在包里`, `The entry file ${entry} is not in the package`)
  return { ...result, problems: [{ code: 'manifest.entry_missing', text, path: entry }] }
}

/** Detects a Node package: a `package.json` whose main module exports `predict`. */
export const detectNodePackage: Detector = async (view) => {
  const source = await view.readText('package.json')
  const main = source === null ? null : mainOf(source)
  const file = main === null ? undefined : fileOf(view, main)
  const code = file === undefined ? null : await view.readText(file)
  if (file === undefined || code === null || !exportsName(code, 'predict')) return []
  return [
    planFor('node-package', 'node', file, [
      say(`package.json 的 main 是 ${file}`, `package.json's main is ${file}`),
      say(`${file} 导出 predict`, `${file} exports predict`),
    ]),
  ]
}
