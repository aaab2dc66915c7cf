import type { Permission } from '@vitrine/contract'

/** The first steps on the platform, in the usual order of work. */
export const stepNames = [
  'try',
  'compare',
  'deploy',
  'present',
  'share',
  'key',
  'people',
  'security',
] as const
/** A first step on the platform. */
export type StepName = (typeof stepNames)[number]

/** The page on which a step is taken, and the chapter of the guide about it. */
export type Step = { name: StepName; to: string; chapter: string; permission: Permission }

const steps: readonly Step[] = [
  { name: 'try', to: '/', chapter: 'using', permission: 'runs.create' },
  { name: 'compare', to: '/compare', chapter: 'using', permission: 'runs.create' },
  { name: 'deploy', to: '/deploy', chapter: 'bring-what-you-have', permission: 'services.deploy' },
  { name: 'present', to: '/services', chapter: 'presentation', permission: 'services.operate' },
  { name: 'share', to: '/', chapter: 'using', permission: 'shares.write' },
  { name: 'key', to: '/settings', chapter: 'using', permission: 'api_keys.own' },
  { name: 'people', to: '/settings?tab=users', chapter: 'using', permission: 'users.manage' },
  { name: 'security', to: '/security', chapter: 'many-services', permission: 'config.manage' },
]

/** The steps of a person with these rights. Pure. */
export const stepsFor = (may: (permission: Permission) => boolean): Step[] =>
  steps.filter(({ permission }) => may(permission))

type Made = readonly { created_by: string }[]
type Owned = readonly { owner: string }[]
/** The facts about a person's work that the server knows. Facts that have not been read yet are undefined. */
export type Facts = {
  runs: Made | undefined
  comparisons: Made | undefined
  shares: Made | undefined
  keys: Owned | undefined
  services: Owned | undefined
  people: number | undefined
}

/**
 * The steps that somebody has taken, as far as the server shows it. Lists of administrators have the work of others, too,
 * which does not count. Pure.
 */
export const takenSteps = (me: string, facts: Facts): StepName[] => {
  const made = (list: Made | undefined) => list?.some((one) => one.created_by === me) === true
  const owns = (list: Owned | undefined) => list?.some((one) => one.owner === me) === true
  const taken: Partial<Record<StepName, boolean>> = {
    try: made(facts.runs),
    compare: made(facts.comparisons),
    deploy: owns(facts.services),
    share: made(facts.shares),
    key: owns(facts.keys),
    people: (facts.people ?? 0) > 1,
  }
  return stepNames.filter((name) => taken[name] === true)
}
