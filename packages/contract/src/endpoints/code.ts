import { z } from 'zod'
import { rowNumber, slug, timestamp } from '../common.ts'
import { longest, most } from '../limits.ts'
import { algorithm, algorithmVersion, finding } from './algorithms.ts'
import { defineEndpoints } from './endpoint.ts'
import { changedFile } from './releases.ts'

const commitId = z.string().regex(/^[0-9a-f]{40}$/)
/** A branch, a tag or a commit. Any other text is answered with not found. */
const ref = z.string().min(1).max(200)
const path = z.string().max(longest.codePath)
const page = z.coerce.number().int().min(1).max(most.historyPages).default(1)

/** A commit of an algorithm's code. */
export const codeCommit = z.object({
  commit: commitId,
  parents: z.array(z.string()),
  author: z.string(),
  email: z.string(),
  at: timestamp.describe('when it was written'),
  subject: z.string().describe('the first line of its message'),
  version: rowNumber.nullable().describe('the version that it is'),
})
/** A commit of an algorithm's code. */
export type CodeCommit = z.infer<typeof codeCommit>

/** One file that differs between two commits. */
export const codeChange = changedFile.extend({
  added: z.number().int().nullable().describe('lines; null where they were not compared'),
  removed: z.number().int().nullable().describe('lines; null where they were not compared'),
  is_binary: z.boolean(),
})
/** One file that differs between two commits. */
export type CodeChange = z.infer<typeof codeChange>

const namedRef = z.object({
  name: z.string(),
  commit: commitId,
  subject: z.string(),
  at: timestamp
    .nullable()
    .describe('null, like an empty `subject`, if the commits are too large to read them all'),
})

/** The new content of a file of a commit. */
const fileChange = z.union([
  z.strictObject({ path: path.min(1), content: z.string().max(most.editedCharacters) }),
  z.strictObject({ path: path.min(1), deleted: z.literal(true) }),
])
/** The new content of a file of a commit. */
export type FileChange = z.infer<typeof fileChange>

/** The version that a change of code became. */
const changedCode = z.object({ algorithm, version: algorithmVersion, warnings: z.array(finding) })

const idParams = z.object({ id: slug })

/** The code of an algorithm: history, authors of lines, differences, and small changes. */
export const codeEndpoints = defineEndpoints({
  'GET /algorithms/{id}/refs': {
    summary:
      'Branches and tags of its code, the last changed first, at most 100 of each; `q` is a part of their names',
    access: 'algorithms.read',
    about: 'algorithm',
    params: idParams,
    query: z.object({ q: z.string().max(longest.search).default('') }),
    status: 200,
    response: z.object({
      followed: z.string().describe('the branch whose commits become versions'),
      branches: z.array(namedRef),
      tags: z.array(namedRef),
      has_more: z.boolean().describe('whether there are more than these; `q` finds them'),
    }),
  },
  'GET /algorithms/{id}/commits': {
    summary: 'The history of a ref, newest first: of all files, or of the file or folder at `path`',
    access: 'algorithms.read',
    about: 'algorithm',
    params: idParams,
    query: z.object({
      ref: ref.default('HEAD'),
      path: path.default(''),
      page,
      page_size: z.coerce.number().int().min(1).max(most.pageSize).default(30),
    }),
    status: 200,
    response: z.object({
      commit: commitId.describe('what the ref is at'),
      items: z.array(codeCommit),
      has_more: z.boolean(),
    }),
  },
  'POST /algorithms/{id}/commits': {
    summary:
      'Change small files of its code. It becomes the next version; refused if the branch has moved from `base_commit`, or the code could not be deployed',
    access: 'algorithms.write',
    about: 'algorithm',
    params: idParams,
    body: z.strictObject({
      branch: ref.optional().describe('the branch that is followed; no other can be changed'),
      message: z.string().trim().min(1).max(longest.commitMessage),
      base_commit: commitId.describe('what was edited'),
      files: z.array(fileChange).min(1).max(most.editedFiles),
    }),
    status: 201,
    response: changedCode,
  },
  'POST /gitea/repos/upload': {
    summary:
      'Add files to the newest version of an algorithm, wherever its code is kept (multipart: `algorithm_id`, and `files` with relative names, one `archive`, or the `upload_id` of a resumable upload). Files of the same path are replaced, all others stay; an unknown id is registered',
    access: 'algorithms.write',
    about: 'loaded',
    stream: 'multipart',
    status: 201,
    response: changedCode,
  },
  'GET /algorithms/{id}/diff': {
    summary: 'What differs between two refs, in all files or at `path`',
    access: 'algorithms.read',
    about: 'algorithm',
    params: idParams,
    query: z.object({
      from: ref.optional().describe('the first parent of `to` if absent'),
      to: ref,
      path: path.default(''),
    }),
    status: 200,
    response: z.object({
      from: codeCommit.nullable().describe('null for the first commit, without `from`'),
      to: codeCommit,
      files: z.array(codeChange),
      files_cut: z.boolean().describe('whether more files differ than are listed'),
    }),
  },
  'GET /algorithms/{id}/blame': {
    summary: 'Which commits wrote the lines of a text file last',
    access: 'algorithms.read',
    about: 'algorithm',
    params: idParams,
    query: z.object({
      ref: ref.default('HEAD'),
      path: path.min(1),
      page,
      all: z
        .stringbool()
        .default(false)
        .describe('whether to read all commits that have changed the file, not only its newest changes'),
    }),
    status: 200,
    response: z.object({
      lines: z
        .array(
          z.object({
            line: rowNumber,
            count: z.number().int(),
            commit: commitId,
            older: z
              .boolean()
              .describe(
                'whether the lines may come from an earlier commit than this one, because earlier commits were not read',
              ),
          }),
        )
        .describe('`count` lines from `line` on'),
      commits: z.array(codeCommit),
      has_more: z.boolean(),
    }),
  },
  'GET /algorithms/{id}/archive': {
    summary: 'All files of a ref as an archive',
    access: 'algorithms.read',
    about: 'algorithm',
    params: idParams,
    query: z.object({ ref: ref.default('HEAD'), format: z.enum(['zip', 'tar.gz']).default('zip') }),
    status: 200,
    response: 'stream',
  },
})
