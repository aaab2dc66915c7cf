import { z } from 'zod'
import { platformActor, type Actor } from '../../lib/actor.ts'
import { administratorFactor, personalQuotas, quotaSettings } from './quotas.settings.ts'

/** What one person may take. */
export type Quotas = {
  /** Runs that wait or run. */
  runs: number
  /** Stored runs, bytes. */
  resultBytes: number
  /** Open event streams. */
  streams: number
  /** Uploads that have not arrived or are not used yet. */
  uploads: number
  algorithms: number
  /** Their repositories with all versions, bytes. */
  codeBytes: number
  services: number
  apiKeys: number
  /** Links that were not revoked. */
  shares: number
  /** Invitations that nobody has used. */
  invites: number
  comparisons: number
  /** Media and model files, with what unfinished uploads have announced, bytes. */
  storedBytes: number
}

/** The settings of quotas, parsed. */
export type QuotaSettings = z.output<z.ZodObject<typeof quotaSettings>>

/** The quotas of every kind of person. */
export type QuotaTable = {
  person: Quotas
  administrator: Quotas
}

/** The defaults, for everything that is started without settings. */
export const defaultQuotas = (): QuotaTable => quotaTable(z.object(quotaSettings).parse({}))

/** The quotas by the settings of the platform. */
export function quotaTable(settings: QuotaSettings): QuotaTable {
  const of = (factor: number): Quotas => ({
    runs: settings.VITRINE_QUOTA_RUNS * factor,
    resultBytes: settings.VITRINE_QUOTA_RESULTS_MB * 1024 ** 2 * factor,
    streams: settings.VITRINE_QUOTA_STREAMS * factor,
    uploads: settings.VITRINE_QUOTA_UPLOADS * factor,
    algorithms: settings.VITRINE_QUOTA_ALGORITHMS * factor,
    codeBytes: settings.VITRINE_QUOTA_CODE_GB * 1024 ** 3 * factor,
    services: settings.VITRINE_QUOTA_SERVICES * factor,
    apiKeys: settings.VITRINE_QUOTA_API_KEYS * factor,
    shares: settings.VITRINE_QUOTA_SHARES * factor,
    invites: settings.VITRINE_QUOTA_INVITES * factor,
    comparisons: settings.VITRINE_QUOTA_COMPARISONS * factor,
    storedBytes: settings.VITRINE_QUOTA_STORAGE_GB * 1024 ** 3 * factor,
  })
  return { person: of(1), administrator: of(administratorFactor) }
}

/**
 * How the quotas of one person are set: whether to their defaults, and whether as high as the setting goes, so that
 * they hardly bind anybody. Pure.
 */
export function quotasSet(settings: QuotaSettings) {
  const defaults: Record<string, number> = personalQuotas.parse({})
  return Object.entries(personalQuotas.parse(settings)).map(([setting, value]) => ({
    setting,
    value,
    isDefault: defaults[setting] === value,
    isAtMost: !personalQuotas.safeParse({ [setting]: value + 1 }).success,
  }))
}

/**
 * What an actor may take. Null means without bounds: only the platform's own work, which nobody can ask for in
 * large numbers.
 */
export function quotasOf(table: QuotaTable, actor: Pick<Actor, 'id' | 'role'>): Quotas | null {
  if (actor.id === platformActor.id) return null
  return actor.role === 'admin' ? table.administrator : table.person
}

/** Places that are left for others when one person uses all that they may. */
const placesForOthers = 2

/**
 * How many deploys run at once, and how many of them are of one person. Administrators have no more: somebody else's
 * deploy must find a place whoever fills the others.
 */
export const buildsAtOnce = ({ VITRINE_QUOTA_BUILDS: perPerson }: QuotaSettings) => ({
  perPerson,
  atOnce: perPerson + placesForOthers,
})

/** One name for whoever something counts for: a person, or all visitors of the links of a person. */
export const payerOf = ({ id, linksOf }: Pick<Actor, 'id' | 'linksOf'>): string =>
  linksOf === undefined ? id : `links of ${linksOf}`
