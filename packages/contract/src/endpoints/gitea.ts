import { z } from 'zod'
import { listQuery, newSlug, pageOf, rowId, slug, taskAccepted, timestamp } from '../common.ts'
import { most } from '../limits.ts'
import { rule } from '../issue-rules.ts'
import { algorithm, algorithmVersion, finding, inspection } from './algorithms.ts'
import { packageForm } from '../manifest.ts'
import { branchName } from './branch-name.ts'
import { defineEndpoints } from './endpoint.ts'
import { existingRepository } from './existing-repository.ts'
import { repositoryFolder } from './repository-folder.ts'
import { serviceConfig } from './services.ts'

/** The name of a user or an organisation, and of a repository, in Gitea. */
const giteaName = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, rule('field.gitea_name'))
const repositoryUrl = z
  .string()
  .max(500)
  .regex(/^https?:\/\/[^\s@]+$/, rule('field.repository_url'))
  .describe(
    'the address of a repository of the Gitea server, as a browser or git shows it; no user or token in it',
  )

/** Where a setting comes from. The environment comes before the database. */
export const settingSource = z.enum(['environment', 'database'])

/** The settings of the Gitea server. Its token never leaves the platform. */
export const giteaSettings = z.object({
  server_url: z.string(),
  access_token: z.string().describe('masked: the last four characters after dots'),
  default_owner: z.string().describe('the user or organisation that new repositories belong to'),
  repo_prefix: z.string().describe('the prefix of the names of new repositories'),
  sources: z.object({ server_url: settingSource, default_owner: settingSource, repo_prefix: settingSource }),
})
/** The settings of the Gitea server. */
export type GiteaSettings = z.infer<typeof giteaSettings>

/** What can be wrong with a Gitea server or its settings. */
export const giteaProblem = z.enum([
  'unreachable',
  'not_gitea',
  'redirected',
  'token_refused',
  'scope_missing',
  'owner_unknown',
  'owner_other',
  'cannot_create',
  'version_old',
  'clock_differs',
])
/** What can be wrong with a Gitea server or its settings. */
export type GiteaProblem = z.infer<typeof giteaProblem>

/** The result of testing the Gitea server with some settings. Warnings do not prevent its use. */
export const giteaCheck = z.object({
  ok: z.boolean(),
  checked_at: timestamp,
  version: z.string().nullable(),
  username: z.string().nullable().describe('whose token it is'),
  findings: z.array(
    z.object({
      code: giteaProblem,
      severity: z.enum(['problem', 'warning']),
      message: z.string(),
      mend: z.string(),
    }),
  ),
})
/** The result of testing the Gitea server with some settings. */
export type GiteaCheck = z.infer<typeof giteaCheck>

/** A repository of the Gitea server. */
export const giteaRepository = z.object({
  full_name: z.string().describe('OWNER/NAME'),
  description: z.string(),
  is_private: z.boolean(),
  is_empty: z.boolean(),
  default_branch: z.string(),
  size_bytes: z.number().int(),
  url: z.string().describe('the address to clone from'),
  page_url: z.string(),
  updated_at: timestamp,
  algorithm_id: slug.nullable().describe('the algorithm whose code all of it is'),
  algorithms: z
    .array(z.object({ algorithm_id: slug, folder: z.string() }))
    .describe('all algorithms whose code is in it, and in which of its folders'),
})
/** A repository of the Gitea server. */
export type GiteaRepository = z.infer<typeof giteaRepository>

const branch = z.object({
  name: z.string(),
  commit: z.string(),
  message: z.string(),
  committed_at: timestamp,
})

const tag = z.object({ name: z.string(), commit: z.string() })

/** Which code in a repository is meant: a branch or a tag, and a folder. */
const code = {
  repo_url: repositoryUrl,
  branch: branchName.optional().describe('the default branch if absent'),
  tag: branchName.optional().describe('this commit in place of the newest one of the branch'),
}
const folder = repositoryFolder.optional().describe('where the algorithm is; the top if absent')

/** What a folder of a repository would become. */
export const folderFound = z.object({
  folder: z.string(),
  recognised: packageForm,
  name: z.string(),
  algorithm_id: slug.describe('the algorithm that it is, or the id that it would get'),
  is_known: z.boolean().describe('whether it is an algorithm already'),
  problems: z.number().int().describe('the problems that must be solved first'),
})
/** What a folder of a repository would become. */
export type FolderFound = z.infer<typeof folderFound>

/** The state of an algorithm after the platform fetched from, or pushed to, a repository of the Gitea server. */
const synchronised = z.object({
  algorithm_id: slug,
  branch: z.string(),
  commit: z.string(),
  changed: z.boolean().describe('whether there were new commits'),
})

/** What a registered repository became. */
const registered = z.object({ algorithm, version: algorithmVersion, warnings: z.array(finding) })

/** Code in a Gitea server: its settings, its repositories, and the way from them to a service. */
export const giteaEndpoints = defineEndpoints({
  'GET /gitea/config': {
    summary: 'The settings of the Gitea server, and how it answered last',
    access: 'config.manage',
    status: 200,
    response: z.object({ config: giteaSettings.nullable(), check: giteaCheck.nullable() }),
  },
  'POST /gitea/config': {
    summary:
      'Save the settings of the Gitea server. They are tested first: with a problem nothing is saved (`gitea.test_failed`). Without `access_token`, the saved one is kept for the same server. Administrators only (`auth.administrators_only`)',
    access: 'config.manage',
    body: z.strictObject({
      server_url: z
        .string()
        .max(500)
        .regex(/^https?:\/\/[^\s@?#]+$/, rule('field.server_url')),
      access_token: z.string().min(1).max(500).optional(),
      default_owner: giteaName,
      repo_prefix: z
        .string()
        .max(40)
        .regex(/^[A-Za-z0-9._-]*$/, rule('field.gitea_name'))
        .default(''),
    }),
    status: 200,
    response: z.object({ config: giteaSettings, check: giteaCheck }),
  },
  'DELETE /gitea/config': {
    summary:
      'Forget the settings; refused while algorithms have their code there. Administrators only (`auth.administrators_only`)',
    access: 'config.manage',
    status: 204,
    response: null,
  },
  'GET /gitea/config/history': {
    summary: 'Earlier settings, newest first',
    access: 'config.manage',
    query: listQuery,
    status: 200,
    response: pageOf(
      z.object({
        id: rowId,
        server_url: z.string(),
        default_owner: z.string(),
        repo_prefix: z.string(),
        is_active: z.boolean(),
        created_by: z.string(),
        created_at: timestamp,
      }),
    ),
  },
  'GET /gitea/test-connection': {
    summary: 'Test the settings now',
    access: 'config.manage',
    status: 200,
    response: giteaCheck,
  },
  'GET /gitea/repos': {
    summary:
      'Repositories of the Gitea server, the last changed first: those of the default owner, for administrators all that the token sees',
    access: 'algorithms.write',
    query: listQuery.extend({
      page_size: z.coerce.number().int().min(1).max(most.giteaRepositories).default(30),
    }),
    status: 200,
    response: pageOf(giteaRepository),
  },
  'GET /gitea/repos/{owner}/{name}/branches': {
    summary: 'Branches of a repository, the default one first, and its tags, the newest first',
    access: 'algorithms.write',
    params: z.object({ owner: giteaName, name: giteaName }),
    status: 200,
    response: z.object({ default_branch: z.string(), items: z.array(branch), tags: z.array(tag) }),
  },
  'POST /gitea/repos': {
    summary:
      'Move the code of an algorithm to a new repository of the Gitea server, with its history; refused if a repository of that name exists, unless `existing` is `adopt`',
    access: 'algorithms.write',
    about: 'loaded',
    body: z.strictObject({
      algorithm_id: slug,
      algorithm_name: z.string().max(200).optional().describe('the title of the repository’s description'),
      description: z.string().max(2000).optional(),
      existing: existingRepository,
    }),
    status: 201,
    response: giteaRepository,
  },
  'POST /gitea/repos/inspect': {
    summary:
      'Inspect a branch or a tag of a repository, or one folder of it: what it would be recognised as; stores nothing',
    access: 'algorithms.write',
    body: z.strictObject({ ...code, folder, algorithm_id: newSlug.optional() }),
    status: 200,
    response: inspection,
  },
  'POST /gitea/repos/folders': {
    summary:
      'Find the algorithms in a repository of many: which of its folders are recognised, and as what; stores nothing',
    access: 'algorithms.write',
    body: z.strictObject(code),
    status: 200,
    response: z.object({
      folders: z.array(folderFound).describe('in the order of their paths'),
      is_cut: z.boolean().describe('whether there are more folders than were looked at'),
    }),
  },
  'POST /gitea/repos/register': {
    summary:
      'Make a repository, or one folder of it, an algorithm: its branch becomes the first version. Several algorithms can be folders of one repository',
    access: 'algorithms.write',
    about: 'loaded',
    body: z.strictObject({
      ...code,
      folder,
      algorithm_id: newSlug.optional().describe('after the name of the folder or the repository if absent'),
    }),
    status: 201,
    response: registered,
  },
  'POST /gitea/repos/clone': {
    summary: 'Like register, with the default branch and a given id',
    access: 'algorithms.write',
    about: 'loaded',
    body: z.strictObject({ repo_url: repositoryUrl, algorithm_id: newSlug }),
    status: 201,
    response: registered,
  },
  'POST /gitea/repos/pull': {
    summary: 'Fetch new commits of an algorithm; the newest becomes its next version',
    access: 'algorithms.write',
    about: 'loaded',
    body: z.strictObject({ algorithm_id: slug }),
    status: 200,
    response: synchronised,
  },
  'POST /gitea/repos/push': {
    summary: 'Send what the platform has of an algorithm to its repository',
    access: 'algorithms.write',
    about: 'loaded',
    body: z.strictObject({
      algorithm_id: slug,
      message: z.string().max(2000).optional().describe('not used: commits have messages of their own'),
    }),
    status: 200,
    response: synchronised,
  },
  'POST /services/deploy-from-gitea': {
    summary:
      'Deploy a tag, or the newest commit of a branch, of a repository or of one folder of it. An unknown algorithm is registered first; a known one gets the commit as its next version',
    access: 'services.deploy',
    about: 'loaded',
    body: z.strictObject({
      algorithm_id: newSlug,
      ...code,
      folder: repositoryFolder
        .optional()
        .describe('where the algorithm is; if absent, where a known algorithm is, and the top for a new one'),
      service_config: serviceConfig.optional(),
    }),
    status: 202,
    response: taskAccepted.extend({ service_id: slug, commit: z.string() }),
  },
})
