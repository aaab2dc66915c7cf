import { z } from 'zod'
import { apiOperation } from './api-operation.ts'
import { json, language, numberWithin, slug, wholeWithin } from './common.ts'
import { healthCheck, healthPath } from './health-check.ts'
import { imageNeeds } from './image-plan.ts'
import { variableValue } from './config-keys.ts'
import { bounds, most } from './limits.ts'
import { jsonSchema } from './json-schema.ts'
import { manifestModel } from './model-file.ts'
import { translations } from './translations.ts'

/** What runs the algorithm. */
export const runtimeKind = z.enum(['python', 'node', 'command', 'docker'])
/** What runs the algorithm. */
export type RuntimeKind = z.infer<typeof runtimeKind>

/** The form in which a package was recognised. It decides what the platform adds to the package. */
export const packageForm = z.enum([
  'single-file',
  'python-package',
  'python-function',
  'cog-package',
  'onnx-model',
  'mlflow-model',
  'node-package',
  'asgi-app',
  'wsgi-app',
  'python-app',
  'node-server',
  'command',
])
/** The form in which a package was recognised. */
export type PackageForm = z.infer<typeof packageForm>

/** One demo input. With `expect` it is a golden example: a deploy that fails it does not switch. */
export const manifestExample = z.object({
  name: z.string().min(1).max(200),
  input_data: z.array(json).min(1),
  language: language
    .optional()
    .describe('the language of its input: a stage opens with it for readers of that language'),
  parameters: z.record(z.string(), json).optional(),
  expect: z
    .array(json)
    .optional()
    .describe('one entry for each input element: the expected part of its output'),
  tolerance: z.number().min(0).optional().describe('relative, for numbers; 0.001 if absent'),
})
/** One demo input. */
export type ManifestExample = z.infer<typeof manifestExample>

/**
 * Limits of one instance. An absent value means that the platform sets no limit. Graphics processors are given rather than limited:
 * a container has none that its limits do not name.
 */
export const resourceLimits = z.object({
  memory_mb: wholeWithin(bounds.memoryMb).optional(),
  cpu: numberWithin(bounds.cpuCores).optional().describe('cores'),
  open_files: wholeWithin(bounds.openFiles).optional(),
  processes: wholeWithin(bounds.processes).optional().describe('processes and threads'),
  gpus: wholeWithin(bounds.gpus)
    .optional()
    .describe(
      'whole graphics processors that its container gets; none if absent. Without a container, it has no effect',
    ),
})
/** Limits of one instance. */
export type ResourceLimits = z.infer<typeof resourceLimits>

/** Micro-batching of concurrent requests. */
export const batching = z.object({
  max_size: z.number().int().min(1).max(1024).default(1),
  max_wait_ms: z.number().min(0).max(10_000).default(5),
})

/** A bound for what requests leave behind that nobody waits for. */
const maxWaiting = z
  .number()
  .int()
  .min(1)
  .max(100_000)
  .optional()
  .describe(
    'how many predictions of an instance may be unfinished that go on without their callers; 1000 if absent',
  )

const words = z.string().max(2000)

/**
 * `algorithm.yaml` as a person writes it. Every field is optional. Unknown fields are refused, so that a
 * misspelt field is not silently ignored.
 */
export const manifestSource = z.strictObject({
  id: slug.optional(),
  name: words.optional(),
  version: z.string().max(100).optional(),
  description: words.optional(),
  task: z.string().max(100).optional(),
  runtime: runtimeKind.optional(),
  entry: z.string().min(1).max(500).optional(),
  python: z
    .string()
    .max(200)
    .regex(/^(?=\D*\d)[\d.*x<>=!~^,| ]+$/)
    .optional()
    .describe('the Python that runs it, such as 3.11 or >=3.10,<3.13'),
  system_packages: z
    .array(z.string().regex(/^[a-z0-9][a-z0-9.+-]{1,99}$/))
    .max(100)
    .optional()
    .describe('packages of Debian, which only an image can have'),
  input: jsonSchema.optional(),
  parameters: jsonSchema.optional(),
  output: jsonSchema.optional(),
  examples: z.array(manifestExample).max(200).optional(),
  health: healthCheck.partial().extend({ path: healthPath.optional() }).optional(),
  resources: resourceLimits.optional(),
  concurrency: z.number().int().min(1).max(256).optional(),
  max_waiting: maxWaiting,
  batch: batching.partial().optional(),
  env: z
    .array(z.string().regex(/^[A-Z_][A-Z0-9_]*$/))
    .max(100)
    .optional(),
  defaults: z
    .record(z.string().regex(/^[A-Z_][A-Z0-9_]*$/), variableValue)
    .optional()
    .describe('default values of its variables, by name. Do not put secrets here'),
  quality: z
    .array(z.string().max(500))
    .max(20)
    .optional()
    .describe('measured quality; each entry is one sentence'),
  cover: z.string().max(500).optional().describe('a picture of the package, shown in the showcase'),
  models: z
    .array(manifestModel)
    .max(most.models)
    .optional()
    .describe('files that are not in the package. The platform adds them, read-only'),
  translations: translations.optional(),
  result_translations: translations
    .optional()
    .describe('translations of what `predict` returns: labels, units, sentences, progress'),
})
/** `algorithm.yaml` as a person writes it. */
export type ManifestSource = z.infer<typeof manifestSource>

/** How a package that brings its own server is installed and started. Paths are relative to the package; "" is its top. */
export const launchPlan = z.object({
  folder: z.string().describe('where its command runs'),
  paths: z.array(z.string()).describe('folders from which Python imports, first to last'),
  requirements: z.string().nullable().describe('the requirements file; null if it has none'),
  install: z.array(z.string()).describe('what is installed in addition, as lines of a requirements file'),
  env: z.record(z.string(), z.string()).describe('variables of its process, as words of a shell'),
  start: z.string().describe('the command line of a shell that listens on $HOST:$PORT'),
  build: z
    .array(z.object({ folder: z.string(), command: z.string() }))
    .optional()
    .describe('what makes the files that are started: npm run <script>, or npx <program> <arguments>'),
  keepsDevelopment: z
    .boolean()
    .optional()
    .describe('whether its devDependencies are installed when it runs, because its command is one of them'),
  writes: z
    .array(z.string())
    .optional()
    .describe('folders that its program creates beside its code; all releases of a service share them'),
  writes_files: z
    .array(z.string())
    .optional()
    .describe('files that its program creates beside its code; all releases of a service share them'),
})
/** How a package that brings its own server is installed and started. */
export type LaunchPlan = z.infer<typeof launchPlan>

/** The manifest with all inferred values: what the runtimes and the stage read. */
export const manifest = z.object({
  id: slug,
  name: z.string(),
  version: z.string(),
  description: z.string(),
  task: z.string().describe('a Hugging Face task name, or "other"'),
  runtime: runtimeKind,
  form: packageForm,
  entry: z.string(),
  launch: launchPlan
    .optional()
    .describe('absent if the platform starts the package in the usual way of its form'),
  python: z
    .string()
    .optional()
    .describe('the versions of Python that the package asks for; absent if it asks for none'),
  image: imageNeeds
    .optional()
    .describe('what only an image can have; absent if it needs nothing of the kind'),
  input: jsonSchema,
  parameters: jsonSchema,
  output: jsonSchema,
  examples: z.array(manifestExample),
  health: healthCheck,
  resources: resourceLimits,
  concurrency: z.number().int().min(1),
  max_waiting: maxWaiting,
  batch: batching,
  env: z.array(z.string()),
  defaults: z
    .record(z.string(), json)
    .optional()
    .describe('default values of the package, by key of the configuration'),
  quality: z.array(z.string()),
  cover: z.string().nullable(),
  models: z
    .array(manifestModel)
    .optional()
    .describe(
      'model files, including those that are in the package as pointers of Git LFS; absent if there are none',
    ),
  translations: translations.optional(),
  result_translations: translations.optional(),
  operation: apiOperation
    .optional()
    .describe('an operation of the package’s own API that is called in place of `predict`'),
})
/** The manifest with all inferred values. */
export type Manifest = z.infer<typeof manifest>

/**
 * The manifest for a reader: its texts in the reader's language, if translated, and without the translations. Results
 * are sent as they are, so a page translates them with `result_words`.
 */
export const shownManifest = manifest
  .omit({ translations: true, result_translations: true, operation: true, defaults: true })
  .extend({
    result_words: z
      .record(z.string(), z.string())
      .optional()
      .describe('texts of results in the reader’s language; see the guide for patterns with gaps'),
  })
/** The manifest for a reader. */
export type ShownManifest = z.infer<typeof shownManifest>

/** Forms that the platform's own runtime serves. */
const ownForms: ReadonlySet<PackageForm> = new Set([
  'single-file',
  'python-package',
  'python-function',
  'cog-package',
  'onnx-model',
  'mlflow-model',
  'node-package',
])

/**
 * Whether the platform's own runtime serves the package. Packages of the other forms bring their own server.
 */
export const usesRuntime = (of: Pick<Manifest, 'form'>): boolean => ownForms.has(of.form)

/**
 * The golden examples of a manifest: those with an expected result. A package with its own server has none, because it
 * does not follow the protocol with which they are checked.
 */
export const goldenExamplesOf = (of: Pick<Manifest, 'form' | 'examples'>): ManifestExample[] =>
  usesRuntime(of) ? of.examples.filter((example) => example.expect !== undefined) : []
