import { z } from 'zod'

const versions = z.record(z.string(), z.string()).optional()

/** The parts of a `package.json` that decide how it is installed, built and started. */
export const packageFile = z.looseObject({
  name: z.string().optional(),
  main: z.string().optional(),
  packageManager: z.string().optional(),
  scripts: versions,
  dependencies: versions,
  optionalDependencies: versions,
  devDependencies: versions,
  workspaces: z.unknown().optional(),
})
/** The parts of a `package.json` that decide how it is installed, built and started. */
export type PackageFile = z.infer<typeof packageFile>

/** Reads the text of a `package.json`. Null if it is not valid. */
export function readPackageFile(source: string): PackageFile | null {
  try {
    return packageFile.safeParse(JSON.parse(source.replace(/^\ufeff/, ''))).data ?? null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
