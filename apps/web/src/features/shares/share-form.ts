import type { EndpointInput } from '@vitrine/contract'
import { bounds } from '@vitrine/contract/limits'

type Body = EndpointInput<'POST /shares'>['body']
/** The kinds of things that a link can show. */
export type ShareKind = Body['kind']

/** The form for a new link. `days` is its lifetime, 0 without an end. `maxRuns` is null without a limit. */
export type ShareForm = {
  title: string
  text: string
  mayRun: boolean
  maxRuns: number | null
  days: number
  password: string
}

/** The lifetimes to choose from, in days. 0: without an end. */
export const lifetimes = [1, 7, 30, 0] as const

/** The first state of the form: a stage allows a limited number of runs, and recorded results can only be viewed. */
export const newShareForm = (kind: ShareKind, title: string): ShareForm => ({
  title,
  text: '',
  mayRun: kind === 'stage',
  maxRuns: kind === 'stage' ? 100 : null,
  days: 30,
  password: '',
})

/** Whether the form can be sent. */
export const isShareReady = ({ password }: ShareForm): boolean =>
  password === '' || password.length >= bounds.sharePassword.min

const dayMs = 86_400_000

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
    expires_at: form.days === 0 ? null : new Date(now.getTime() + form.days * dayMs).toISOString(),
    ...(form.password !== '' && { password: form.password }),
  }
}
