import type { EndpointInput, Share } from '@vitrine/contract'
import { bounds } from '@vitrine/contract/limits'

type Body = EndpointInput<'POST /shares'>['body']
type Change = EndpointInput<'PATCH /shares/{id}'>['body']
/** The kinds of things that a link can show. */
export type ShareKind = Body['kind']

/**
 * The form for a link. `days` is its lifetime from now: 0 without an end, `keep` as it is. `maxRuns` is null without a limit.
 * `lock` says what happens to its password; an empty new one is none.
 */
export type ShareForm = {
  title: string
  text: string
  mayRun: boolean
  maxRuns: number | null
  days: number | 'keep'
  lock: 'keep' | 'set' | 'remove'
  password: string
  embedOrigins: string[]
}

/** The lifetimes to choose from, in days. 0: without an end. */
export const lifetimes = [1, 7, 30, 0] as const

const runsUsually = 100

/** The first state of the form: a stage allows a limited number of runs, and recorded results can only be viewed. */
export const newShareForm = (kind: ShareKind, title: string): ShareForm => ({
  title,
  text: '',
  mayRun: kind === 'stage',
  maxRuns: kind === 'stage' ? runsUsually : null,
  days: 30,
  lock: 'set',
  password: '',
  embedOrigins: [],
})

/** The form for an existing link, as it is. */
export const shareFormOf = (share: Share): ShareForm => ({
  title: share.title,
  text: share.text,
  mayRun: share.may_run,
  maxRuns: share.may_run ? share.max_runs : (share.max_runs ?? runsUsually),
  days: 'keep',
  lock: share.has_password ? 'keep' : 'set',
  password: '',
  embedOrigins: share.embed_origins,
})

/** Whether the form can be sent. `before`: the link that it changes. */
export const isShareReady = ({ lock, password }: ShareForm, before: Share | null = null): boolean =>
  lock !== 'set' ||
  password.length >= bounds.sharePassword.min ||
  (password === '' && before?.has_password !== true)

const dayMs = 86_400_000
const inDays = (days: number, now: Date): string | null =>
  days === 0 ? null : new Date(now.getTime() + days * dayMs).toISOString()

/** The form as a request body. The page of a service has no runs of the platform. */
export const shareBody = (
  form: ShareForm,
  target: { kind: ShareKind; targetId: string; page?: boolean },
  now: Date,
): Body => {
  const mayRun = target.kind === 'stage' && target.page !== true && form.mayRun
  return {
    kind: target.kind,
    target_id: target.targetId,
    title: form.title.trim(),
    text: form.text.trim(),
    may_run: mayRun,
    max_runs: mayRun ? form.maxRuns : null,
    expires_at: form.days === 'keep' ? null : inDays(form.days, now),
    ...(form.password !== '' && { password: form.password }),
  }
}

/**
 * The changes that the form makes to a link. Untouched fields are left out, so that they do not undo changes of
 * somebody else.
 */
export const shareChange = (form: ShareForm, before: Share, now: Date): Change => {
  const was = shareFormOf(before)
  const [title, text] = [form.title.trim(), form.text.trim()]
  return {
    ...(title !== was.title && { title }),
    ...(text !== was.text && { text }),
    ...(form.mayRun !== was.mayRun && { may_run: form.mayRun }),
    ...(form.mayRun && form.maxRuns !== before.max_runs && { max_runs: form.maxRuns }),
    ...(form.days !== 'keep' && { expires_at: inDays(form.days, now) }),
    ...(form.embedOrigins.join() !== before.embed_origins.join() && { embed_origins: form.embedOrigins }),
    ...(form.lock === 'remove' && { password: null }),
    ...(form.lock === 'set' && form.password !== '' && { password: form.password }),
  }
}
