import { keyOfVariable, type Json } from '@vitrine/contract'
import type { Finding } from '../sources/finding.ts'
import type { PackageView } from '../sources/package-view.ts'
import { parseConfigFile, problemWords } from './config-file.ts'

/** Where a package says what its variables are if nobody sets them. */
const defaultsPath = 'config/defaults.yaml'

/** Whether the file is meant for us: other programs keep files of this name, too, whose keys are theirs. */
const isOurs = (text: string): boolean =>
  /^["']?(env|custom)\.[A-Za-z_]/m.test(text) ||
  /^(env|custom):[ \t]*(#.*)?\r?\n[ \t]+[A-Z_][A-Z0-9_]*:/m.test(text)

/**
 * The values of a package where nobody has set any, by key: those of `config/defaults.yaml` over those of its manifest. What is
 * wrong in the file is a problem of the package, with its line.
 */
export async function readPackageDefaults(
  view: PackageView,
  stated: Readonly<Record<string, Json>>,
): Promise<{ defaults: Record<string, Json>; problems: Finding[] }> {
  const ofManifest = Object.entries(stated).map(([name, value]) => [keyOfVariable(name), value] as const)
  const text = await view.readText(defaultsPath)
  const { values, problems } =
    text !== null && isOurs(text) ? parseConfigFile(text, 'service') : { values: new Map(), problems: [] }
  return {
    defaults: Object.fromEntries([...ofManifest, ...values]),
    problems: problems.map((problem) => ({
      code: 'config.file_invalid',
      path: defaultsPath,
      text: problemWords(defaultsPath, problem),
    })),
  }
}
