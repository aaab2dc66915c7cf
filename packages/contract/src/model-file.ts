import { z } from 'zod'
import { wholeWithin } from './common.ts'
import { rule } from './issue-rules.ts'
import { bounds, longest } from './limits.ts'

/** The SHA-256 of a file: 64 lower-case hexadecimal digits. */
export const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, rule('field.sha256'))
  .describe('SHA-256, 64 lower-case hexadecimal digits')

const mostPartBytes = 255
/** The names that the platform itself uses at the top of a release. */
const ownParts: ReadonlySet<string> = new Set(['venv', 'node_modules', 'start.sh', 'vitrine.json', '.git'])
// oxlint-disable-next-line no-control-regex
const unreadable = /[\u0000-\u001f\u007f-\u009f\ufffd\\]/

/** Whether a text is the path of a file in a package where a model file may be put. Pure. */
export function isModelPath(path: string): boolean {
  const parts = path.split('/')
  const isPlain = (part: string) =>
    part !== '' && part !== '.' && part !== '..' && new TextEncoder().encode(part).length <= mostPartBytes
  return !unreadable.test(path) && parts.every(isPlain) && !ownParts.has(parts[0] ?? '')
}

const isSource = (text: string): boolean =>
  text === 'store' || (URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol))

/**
 * A model file that a package names. It is large, is kept outside of the repository, and is identified by its SHA-256.
 */
export const manifestModel = z.strictObject({
  path: z
    .string()
    .max(longest.modelPath)
    .refine(isModelPath, rule('field.package_path'))
    .describe('where the package finds the file, relative to its top'),
  sha256,
  size: wholeWithin(bounds.modelBytes).optional().describe('bytes, if known'),
  source: z
    .string()
    .max(longest.modelSource)
    .refine(isSource, rule('field.model_source'))
    .default('store')
    .describe('`store`: uploaded by the owner of the algorithm; else an http or https URL to fetch it from'),
  shared: z
    .boolean()
    .optional()
    .describe(
      'whether the owner of the algorithm gives the file to services of everybody who deploys it; their services can then read it',
    ),
})
/** A model file that a package names. */
export type ManifestModel = z.infer<typeof manifestModel>
