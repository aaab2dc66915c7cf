import { z } from 'zod'
import { listQuery, newSlug, pageOf, rowId, rowNumberText, slug, timestamp } from '../common.ts'
import { imagePlan } from '../image-plan.ts'
import { packageForm, shownManifest } from '../manifest.ts'
import { sha256 } from '../model-file.ts'
import { defineEndpoints } from './endpoint.ts'

/** One version of an algorithm: a commit of its repository, with the manifest as resolved at that time. */
export const algorithmVersion = z.object({
  id: rowId,
  number: z.number().int().min(1),
  commit: z.string().regex(/^[0-9a-f]{40}$/),
  message: z.string(),
  manifest: shownManifest,
  created_by: z.string(),
  created_at: timestamp,
})
/** One version of an algorithm. */
export type AlgorithmVersion = z.infer<typeof algorithmVersion>

/** One version in a list. Of the manifest, which may be as large as a file of the package, only the quality is shown. */
export const listedVersion = algorithmVersion
  .omit({ manifest: true })
  .extend({ quality: z.array(z.string()).describe('measured quality; each entry is one sentence') })
/** One version in a list. */
export type ListedVersion = z.infer<typeof listedVersion>

/** Where code is kept: in the platform’s own repositories, or in a Gitea server. */
export const codeHostKind = z.enum(['builtin', 'gitea'])
/** Where code is kept. */
export type CodeHostKind = z.infer<typeof codeHostKind>

/** An algorithm: an uploaded package. A deployed algorithm is a service. */
export const algorithm = z.object({
  id: slug,
  name: z.string(),
  task: z.string(),
  description: z.string(),
  owner: z.string().describe('username'),
  latest_version: z.number().int().nullable(),
  repository_url: z.string(),
  code_host: codeHostKind.describe('where its code is kept'),
  branch: z.string().describe('the branch whose commits become versions'),
  folder: z.string().describe('the folder of the repository that its code is in; empty for all of it'),
  refused_push: z
    .object({
      commit: z.string(),
      message: z.string(),
      pushed_by: z.string().describe('username'),
      pushed_at: timestamp,
      reason: z.string(),
    })
    .nullable()
    .describe('the newest push to the built-in git host, if it did not become a version'),
  created_at: timestamp,
  updated_at: timestamp,
})
/** An algorithm. */
export type Algorithm = z.infer<typeof algorithm>

/** These limits are enough for what a page proposes. Larger changes are made in the files themselves. */
const additionLimits = { files: 20, lines: 50, line: 500, path: 1_000 }

const addedLine = z
  .string()
  .max(additionLimits.line)
  .regex(/^[^\r\n]+$/)

/**
 * Lines that are added to a file of an upload before it is inspected. They take the place of the line that they
 * replace, or else go to the end of the file. A file that does not exist is created.
 */
export const addition = z.object({
  path: z.string().min(1).max(additionLimits.path),
  lines: z.array(addedLine).min(1).max(additionLimits.lines),
  replaces: addedLine.optional().describe('the line of the file that they replace, at any place'),
})
/** Lines that are added to a file of an upload. */
export type Addition = z.infer<typeof addition>

/** Something about a package that its author should know. A warning is only shown; a problem prevents storing it. */
export const finding = z.object({
  code: z.string(),
  message: z.string().describe('what is there'),
  path: z.string().optional(),
  line: z.number().int().min(1).optional().describe('in the file at `path`, from 1'),
  follows: z.string().optional().describe('what happens if nothing is changed'),
  mend: z.string().optional().describe('what to change'),
  adds: addition
    .optional()
    .describe('solves the problem if it is sent as one of the `additions` of the upload'),
  needs_model: sha256.optional().describe('solves the problem if it is uploaded as a model file'),
})
/** Something about a package that its author should know. */
export type Finding = z.infer<typeof finding>

/**
 * The source of an id or a title: sent with the package, `algorithm.yaml`, the existing algorithm, a docstring, the
 * other of the two, or the name of the file or folder. It is `placeholder` if that name has no meaning
 * (`ai_algorithm`), so the sender should be asked.
 */
export const nameOrigin = z.enum([
  'given',
  'manifest',
  'known',
  'docstring',
  'id',
  'title',
  'package',
  'placeholder',
])
/** The source of an id or a title. */
export type NameOrigin = z.infer<typeof nameOrigin>

const namedFrom = z.object({ id: nameOrigin, name: nameOrigin })

/** What was recognised in an uploaded package. */
export const inspection = z.object({
  recognised: packageForm.nullable(),
  because: z.array(z.string()).describe('a sentence for each fact that decided it'),
  alternatives: z
    .array(z.object({ form: packageForm, entry: z.string(), because: z.array(z.string()) }))
    .describe('other ways to run it; `entry` in `algorithm.yaml` chooses one'),
  manifest: shownManifest.nullable(),
  image: imagePlan
    .nullable()
    .optional()
    .describe('everything that an image of it would need; null if `manifest` is null'),
  container: z
    .enum(['needed', 'better', 'possible'])
    .optional()
    .describe(
      'whether it runs in a container here: `needed` if it cannot run without one, `better` if an image has what this machine lacks; absent if this platform runs no containers',
    ),
  named_from: namedFrom.nullable().describe('null with the manifest'),
  files: z.array(z.object({ path: z.string(), size: z.number().int() })),
  warnings: z.array(finding),
  problems: z.array(finding),
})
/** What was recognised in an uploaded package. */
export type Inspection = z.infer<typeof inspection>

const folderEntry = z.object({ name: z.string(), type: z.enum(['file', 'folder']), size: z.number().int() })
/** A folder or a file of an algorithm's repository. */
export const repositoryPath = z.discriminatedUnion('type', [
  z.object({ type: z.literal('folder'), entries: z.array(folderEntry) }),
  z.object({
    type: z.literal('file'),
    size: z.number().int(),
    content: z.string().nullable().describe('null when binary or over 1 MiB'),
  }),
])

/**
 * Parses a field of a form, which is text. Text that is not JSON stays as it is, and is then refused as a value of the
 * wrong type.
 */
function parsedJson(value: unknown): unknown {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

/** Fields of a form in addition to its files. `upload_id` replaces the files, as in JSON. */
export const uploadForm = z.strictObject({
  algorithm_id: newSlug.optional(),
  name: z.string().min(1).max(200).optional(),
  upload_id: rowId.optional(),
  additions: z.preprocess(parsedJson, z.array(addition).max(additionLimits.files).optional()),
})

/**
 * JSON body instead of a form: an archive that was completely uploaded as a resumable upload, and the other
 * fields.
 */
export const algorithmFromUpload = uploadForm.extend({ upload_id: rowId })
/** An archive that was completely uploaded as a resumable upload, and the other fields. */
export type AlgorithmFromUpload = z.infer<typeof algorithmFromUpload>

const idParams = z.object({ id: slug })

/** Algorithms and their code. */
export const algorithmEndpoints = defineEndpoints({
  'GET /algorithms': {
    summary: 'Algorithms',
    access: 'algorithms.read',
    about: 'listed',
    query: listQuery,
    status: 200,
    response: pageOf(algorithm),
  },
  'POST /algorithms': {
    summary:
      'Upload an algorithm (multipart: `files` with relative names, or one `archive`; or `upload_id`, in the form or as JSON `{upload_id, algorithm_id?, name?, additions?}`, of a resumable upload of an archive, which is then removed); creates its next version',
    access: 'algorithms.write',
    about: 'loaded',
    stream: 'multipart',
    status: 201,
    response: z.object({
      algorithm,
      version: algorithmVersion,
      named_from: namedFrom,
      warnings: z.array(finding),
    }),
  },
  'POST /algorithms/inspect': {
    summary: 'Inspect an upload: what it would be recognised as; stores nothing and keeps a resumable upload',
    access: 'algorithms.write',
    about: 'loaded',
    stream: 'multipart',
    status: 200,
    response: inspection,
  },
  'GET /algorithms/{id}': {
    summary: 'An algorithm',
    access: 'algorithms.read',
    about: 'algorithm',
    params: idParams,
    status: 200,
    response: algorithm,
  },
  'PATCH /algorithms/{id}': {
    summary: 'Change its title or description',
    access: 'algorithms.write',
    about: 'algorithm',
    params: idParams,
    body: z.strictObject({
      name: z.string().min(1).max(200).optional(),
      description: z.string().max(2000).optional(),
    }),
    status: 200,
    response: algorithm,
  },
  'DELETE /algorithms/{id}': {
    summary: 'Delete an algorithm and its repository; refused while a service uses it',
    access: 'algorithms.write',
    about: 'algorithm',
    params: idParams,
    status: 204,
    response: null,
  },
  'GET /algorithms/{id}/versions': {
    summary: 'Its versions, newest first',
    access: 'algorithms.read',
    about: 'algorithm',
    params: idParams,
    query: listQuery,
    status: 200,
    response: pageOf(listedVersion),
  },
  'GET /algorithms/{id}/versions/{number}': {
    summary: 'One of its versions, with the manifest',
    access: 'algorithms.read',
    about: 'algorithm',
    params: idParams.extend({ number: rowNumberText }),
    status: 200,
    response: algorithmVersion,
  },
  'GET /algorithms/{id}/files': {
    summary: 'A folder or a file at a ref; `raw=1` for the bytes',
    access: 'algorithms.read',
    about: 'algorithm',
    params: idParams,
    query: z.object({
      ref: z.string().max(200).default('HEAD'),
      path: z.string().max(1000).default(''),
      raw: z.literal('1').optional(),
    }),
    status: 200,
    response: repositoryPath,
  },
})
