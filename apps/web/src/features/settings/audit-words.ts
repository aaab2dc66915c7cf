import type { AuditEntry, Json } from '@vitrine/contract'
import { visibleText } from '@vitrine/contract/visible-text'
import { isJsonObject } from '../../shared/json-object.ts'

/** Keys of `audit.action` for the routes in the audit log. Git, Git LFS and the gateway have routes that the contract does not. */
export const auditWords = {
  'POST /setup': 'set_up',
  'refused POST /setup': 'set_up_failed',
  'POST /auth/login': 'sign_in',
  'refused POST /auth/login': 'sign_in_failed',
  'POST /auth/logout': 'sign_out',
  'POST /auth/password': 'change_password',
  'refused POST /auth/password': 'change_password_failed',
  'POST /auth/second-factor': 'begin_second_factor',
  'refused POST /auth/second-factor': 'second_factor_failed',
  'POST /auth/second-factor/confirm': 'turn_on_second_factor',
  'POST /auth/second-factor/recovery-codes': 'renew_recovery_codes',
  'POST /auth/second-factor/disable': 'turn_off_second_factor',
  'DELETE /users/{id}/second-factor': 'reset_second_factor',
  'DELETE /users/{id}/identities': 'remove_identity',
  'POST /auth/oidc/finish': 'sign_in_elsewhere',
  'refused POST /auth/oidc/finish': 'sign_in_elsewhere_failed',
  'DELETE /sessions': 'end_sessions',
  'DELETE /sessions/{id}': 'end_session',
  'POST /invites': 'invite',
  'DELETE /invites/{id}': 'revoke_invite',
  'POST /invites/accept': 'accept_invite',
  'refused POST /invites/accept': 'accept_invite_failed',
  'POST /users': 'add_user',
  'PATCH /users/{id}': 'change_user',
  'DELETE /users/{id}': 'remove_user',
  'POST /roles': 'add_role',
  'PATCH /roles/{id}': 'change_role',
  'DELETE /roles/{id}': 'remove_role',
  'POST /api-keys': 'create_key',
  'PATCH /api-keys/{id}': 'change_key',
  'DELETE /api-keys/{id}': 'revoke_key',
  'POST /algorithms': 'upload_algorithm',
  'POST /algorithms/inspect': 'inspect_algorithm',
  'PATCH /algorithms/{id}': 'change_algorithm',
  'DELETE /algorithms/{id}': 'delete_algorithm',
  'POST /algorithms/{id}/commits': 'edit_code',
  'POST /gitea/config': 'set_gitea',
  'DELETE /gitea/config': 'forget_gitea',
  'POST /gitea/repos': 'move_to_gitea',
  'POST /gitea/repos/move': 'move_code',
  'POST /algorithms/{id}/tokens': 'create_repository_token',
  'DELETE /algorithms/{id}/tokens/{token_id}': 'revoke_repository_token',
  'POST /gitea/repos/inspect': 'inspect_in_gitea',
  'POST /gitea/repos/folders': 'find_in_gitea',
  'POST /gitea/repos/register': 'register_from_gitea',
  'POST /gitea/repos/clone': 'clone_from_gitea',
  'POST /gitea/repos/pull': 'pull_from_gitea',
  'POST /gitea/repos/follow': 'follow_in_gitea',
  'POST /gitea/repos/push': 'push_to_gitea',
  'POST /gitea/repos/upload': 'add_files',
  'POST /services/deploy-from-gitea': 'deploy_from_gitea',
  'POST /config': 'change_configs',
  'POST /config/{key}': 'set_config',
  'DELETE /config/{key}': 'unset_config',
  'POST /config/rollback': 'rollback_configs',
  'POST /config/{key}/rollback': 'rollback_config',
  'POST /config/apply': 'apply_config',
  'POST /config/rotate-key': 'rotate_key',
  'POST /config/import': 'import_config',
  'POST /config/copy': 'copy_config',
  'POST /config/draft': 'draft_config',
  'DELETE /config/draft': 'discard_config_draft',
  'POST /config/draft/publish': 'publish_config_draft',
  'PUT /services/{id}/push-deploy': 'set_push_deploy',
  'DELETE /services/{id}/push-deploy': 'forget_push_deploy',
  'POST /pipelines/{id}/cancel': 'cancel_pipeline',
  'POST /pipelines/{id}/approve': 'approve_pipeline',
  'POST /pipelines/{id}/rerun': 'rerun_pipeline',
  'POST /hooks/gitea': 'take_hook',
  'refused POST /hooks/gitea': 'refuse_hook',
  'POST /services/deploy': 'deploy',
  'POST /services/batch': 'batch',
  'POST /services/start/{id}': 'start',
  'POST /services/stop/{id}': 'stop',
  'POST /services/restart/{id}': 'restart',
  'POST /services/{id}/rollback': 'rollback',
  'PATCH /services/{id}': 'change_service',
  'DELETE /services/{id}': 'delete_service',
  'POST /services/{id}/api/try': 'try_api',
  'PUT /services/{id}/api': 'set_api',
  'DELETE /services/{id}/api': 'drop_api',
  'PUT /services/{id}/presentation/draft': 'save_presentation',
  'DELETE /services/{id}/presentation/draft': 'discard_presentation',
  'POST /services/{id}/presentation/publish': 'publish_presentation',
  'POST /services/{id}/presentation/restore': 'restore_presentation',
  'POST /service-groups': 'add_group',
  'PATCH /service-groups/{id}': 'change_group',
  'DELETE /service-groups/{id}': 'remove_group',
  'PUT /service-groups/order': 'order_groups',
  'PUT /service-groups/{id}/grants': 'grant',
  'DELETE /service-groups/{id}/grants/{grant_id}': 'take_grant',
  'PUT /services/{id}/owner': 'hand_over',
  'POST /tasks/{id}/cancel': 'cancel_task',
  'POST /tasks/{id}/retry': 'retry_task',
  'POST /gateway/driver': 'change_gateway',
  'POST /gateway/reload': 'reload_gateway',
  'PUT /gateway/routes/{id}': 'change_route',
  'POST /runs': 'run',
  'POST /runs/{id}/again': 'run_again',
  'POST /runs/{id}/replay': 'replay_run',
  'POST /runs/{id}/cancel': 'cancel_run',
  'DELETE /runs/{id}': 'delete_run',
  'POST /comparisons': 'compare',
  'PATCH /comparisons/{id}': 'change_comparison',
  'DELETE /comparisons/{id}': 'delete_comparison',
  'POST /uploads': 'begin_upload',
  'PATCH /uploads/{id}': 'go_on_upload',
  'DELETE /uploads/{id}': 'drop_upload',
  'POST /assets': 'add_asset',
  'PATCH /assets/{id}': 'change_asset',
  'DELETE /assets/{id}': 'delete_asset',
  'POST /models': 'add_model',
  'DELETE /models/{id}': 'delete_model',
  'POST /shares': 'create_share',
  'PATCH /shares/{id}': 'change_share',
  'POST /shares/{id}/address': 'renew_share_address',
  'DELETE /shares/{id}': 'revoke_share',
  'POST /public/shares/{token}/unlock': 'visitor_unlock',
  'refused POST /public/shares/{token}/unlock': 'visitor_unlock_failed',
  'POST /public/shares/{token}/runs': 'visitor_run',
  'POST /public/shares/{token}/runs/{run_id}/cancel': 'visitor_cancel',
  'POST /public/shares/{token}/assets': 'visitor_upload',
  'GET /git/{repository}/info/refs': 'open_repository',
  'POST /git/{repository}/git-upload-pack': 'fetch_code',
  'POST /git/{repository}/git-receive-pack': 'push_code',
  'POST /git/{repository}/info/lfs/objects/batch': 'ask_model_files',
  'GET /git/{repository}/info/lfs/objects/{oid}': 'fetch_model_file',
  'PUT /git/{repository}/info/lfs/objects/{oid}': 'push_model_file',
  'POST /internal/wake/{id}': 'wake',
  'GET /metrics': 'read_metrics',
} as const

const words = new Map<string, string>(Object.entries(auditWords))
/** The word for an action. Null if this page does not know it. */
export const auditWord = (action: string): string | null => words.get(action) ?? null

/** Keys of `audit.thing`: what a route reads, by the first part of its path. Readings are in the log if they were refused. */
export const auditThings = {
  auth: 'account',
  users: 'users',
  roles: 'roles',
  'api-keys': 'api_keys',
  audit: 'audit',
  sessions: 'sessions',
  invites: 'invites',
  algorithms: 'algorithms',
  gitea: 'gitea',
  config: 'config',
  services: 'services',
  pipelines: 'pipelines',
  'service-groups': 'groups',
  ports: 'ports',
  'service-metrics': 'metrics',
  host: 'host',
  nodes: 'nodes',
  gateway: 'gateway',
  calls: 'calls',
  tasks: 'tasks',
  events: 'events',
  showcase: 'showcase',
  runs: 'runs',
  assets: 'assets',
  'media-tools': 'media_tools',
  models: 'models',
  comparisons: 'comparisons',
  shares: 'shares',
} as const

const things = new Map<string, (typeof auditThings)[keyof typeof auditThings]>(Object.entries(auditThings))
/** The word for what a route reads. Null for another action, and for a thing that this page does not know. Pure. */
export const auditThing = (action: string) => {
  const [method, path = ''] = action.split(' ')
  return method === 'GET' ? (things.get(path.split('/')[1] ?? '') ?? null) : null
}

const refusedPrefix = 'refused '
/** Whether an entry records what was refused. Pure. */
export const isRefused = (action: string): boolean => action.startsWith(refusedPrefix)
/** What was refused. Pure. */
export const refusedAction = (action: string): string => action.slice(refusedPrefix.length)

const objectOf = (value: Json | undefined): Record<string, Json> => (isJsonObject(value) ? value : {})
const textOf = (value: Json | undefined): string =>
  Array.isArray(value) ? value.map(textOf).join(', ') : typeof value === 'object' ? '' : String(value ?? '')

/** A field that was sent, with its value if that is recorded. */
export type SentField = { field: string; value: Json | undefined }

/** Why something was refused, in a language; null if the entry has only a code, as those of earlier versions do. Pure. */
export const auditBecause = ({ details }: Pick<AuditEntry, 'details'>, language: string): string | null =>
  textOf(objectOf(details.because)[language]) || null

/** The other details of an entry: the address it came from, and the fields that were sent with their recorded values. Pure. */
export const auditDetails = ({
  details,
}: Pick<AuditEntry, 'details'>): { from: string; sent: SentField[] } => {
  const values = objectOf(details.values)
  const fields = Array.isArray(details.fields) ? details.fields.map(textOf) : []
  return {
    from: textOf(details.remote_address),
    sent: fields.map((field) => ({ field, value: values[field] })),
  }
}

/** A field that an action changed. */
export type ChangedField = { field: string; before: Json | undefined; after: Json | undefined }

/** The fields that an action changed, each with its value before and after. Pure. */
export const auditChanges = ({ details }: Pick<AuditEntry, 'details'>): ChangedField[] =>
  Object.entries(objectOf(details.changes)).map(([field, change]) => {
    const { before, after } = objectOf(change)
    return { field, before, after }
  })

const isId = /^[0-9a-f]{8}-[0-9a-f]{4}-/
/** The target of an action as people know it: by name if the log has only an internal id. Pure. */
export const auditTarget = ({
  target,
  target_name: lastName,
  details,
}: Pick<AuditEntry, 'target' | 'target_name' | 'details'>): string => {
  const { username, name } = objectOf(details.values)
  if (isId.test(target)) return textOf(username ?? name) || (lastName ?? `…${target.slice(-8)}`)
  return visibleText(target) || '–'
}
