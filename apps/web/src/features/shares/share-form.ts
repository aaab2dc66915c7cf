import type { EndpointInput } from '@vitrine/contract'

type Body = EndpointInput<'POST /shares'>['body']
/** What a link can show. */
export type ShareKind = Body['kind']

/** A link that is being made; `days` is how long it is good, 0 without end; `maxRuns` null without limit. */
export type ShareForm = {
  title: string
  text: string
  mayRun: boolean
  maxRuns: number | null
  days: number
  password: string
}

/** How long a link may be good, in days; 0: without end. */
export const lifetimes = [1, 7, 30, 0] as const
/** The fewest characters of a link's password. */
export const shortestPassword = 4

/** A form as it begins: a stage may be run, a limited number of times; recorded results are only looked at. */
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
  password === '' || password.length >= shortestPassword

const dayMs = 86_400_000

/** The form as it is sent. */
export const shareBody = (
  form: ShareForm,
  target: { kind: ShareKind; targetId: string },
  now: Date,
): Body => {
  const mayRun = target.kind === 'stage' && form.mayRun
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
