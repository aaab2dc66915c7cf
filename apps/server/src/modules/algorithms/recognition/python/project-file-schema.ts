import { z } from 'zod'

const tables = z.record(z.string(), z.unknown()).catch({})
/** A list of strings; an empty one in place of everything else. */
export const strings = z.array(z.string()).max(5_000).catch([])
const texts = z.union([z.string(), strings]).transform((one) => (typeof one === 'string' ? [one] : one))

const uv = z.looseObject({
  index: z.unknown().optional(),
  sources: tables.default({}),
  'index-url': texts.default([]),
  'extra-index-url': texts.default([]),
  'find-links': texts.default([]),
  'constraint-dependencies': strings.default([]),
})

/** What is read of a `pyproject.toml` (standard, of uv or of Poetry) or `Pipfile`. A part of another form counts as absent. */
export const projectFile = z.looseObject({
  project: z
    .looseObject({ dependencies: strings.default([]) })
    .catch({ dependencies: [] })
    .optional(),
  tool: z
    .looseObject({
      uv: uv.optional().catch(undefined),
      poetry: z
        .looseObject({ dependencies: tables.default({}), source: z.unknown().optional() })
        .optional()
        .catch(undefined),
    })
    .catch({})
    .optional(),
  packages: tables.default({}),
  source: z.unknown().optional(),
})
/** What is read of a project file. */
export type ProjectFile = z.infer<typeof projectFile>
/** The settings of uv in it. */
export type UvSettings = z.infer<typeof uv>
