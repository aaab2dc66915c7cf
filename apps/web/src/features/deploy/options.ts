import type { EndpointInput, Inspection } from '@vitrine/contract'
import { slugPattern } from '@vitrine/contract/limits'

/** The options of a deploy in the form. With `port` null the platform chooses one. `env`: variables of its processes; an empty one is not sent. `inContainer`: it runs in a container. */
export type DeployOptions = {
  id: string
  name: string
  port: number | null
  env: Record<string, string>
  inContainer: boolean
}

type ServiceConfig = EndpointInput<'POST /services/deploy'>['body']['service_config']

/** The options as a deploy sends them. What is empty stays as it is. Pure. */
export const serviceConfigOf = ({ name, port, env, inContainer }: DeployOptions): ServiceConfig => {
  const given = Object.entries(env).filter(([, value]) => value !== '')
  return {
    ...(name !== '' && { name }),
    ...(port !== null && { port }),
    ...(inContainer && { mode: 'docker' as const }),
    ...(given.length > 0 && { env: Object.fromEntries(given) }),
  }
}

/** Whether a text can be an id. The server also checks reserved words. */
export const isSlug = (id: string): boolean => slugPattern.test(id)

/** Where the id and title of a package come from. */
export type NamedFrom = Inspection['named_from']

/** What a container is to a package; `missing`: it would be of use, but this platform has no Docker. Undefined: none is spoken of. */
export type ContainerChoice = NonNullable<Inspection['container']> | 'missing'

/** Findings that a container would mend. */
const containerFindings = new Set(['container.needed', 'python.missing'])

/** Whether the form of a deploy speaks of containers, and how. Pure. */
export const containerChoiceOf = (
  found: Pick<Inspection, 'container' | 'manifest' | 'problems' | 'warnings'> | null | undefined,
): ContainerChoice | undefined => {
  if (!found) return undefined
  if (found.container) return found.container
  const isOfUse =
    found.manifest?.runtime === 'docker' ||
    [...found.problems, ...found.warnings].some(({ code }) => containerFindings.has(code))
  return isOfUse ? 'missing' : undefined
}

/** Whether a container is proposed for a package: it needs one, or an image has what this machine lacks. Pure. */
export const proposesContainer = (container: ContainerChoice | undefined): boolean =>
  container === 'needed' || container === 'better'

/**
 * The options for other files: what the person has entered stays, and what they left as it was proposed follows the new
 * proposal. Pure.
 */
export const keepEntered = (
  entered: DeployOptions,
  before: DeployOptions | null,
  now: DeployOptions,
): DeployOptions => {
  if (before === null) return now
  const kept = (field: 'id' | 'name') => (entered[field] === before[field] ? now[field] : entered[field])
  const inContainer = entered.inContainer === before.inContainer ? now.inContainer : entered.inContainer
  return { ...entered, id: kept('id'), name: kept('name'), inContainer }
}

/**
 * The first options: what was found, but nothing if that is only a name such as `ai_algorithm`, so that the
 * person enters one.
 */
export const optionsFor = (
  found: { id: string; name: string },
  from: NamedFrom,
  container?: ContainerChoice,
): DeployOptions => ({
  id: from?.id === 'placeholder' ? '' : found.id,
  name: from?.name === 'placeholder' ? '' : found.name,
  port: null,
  env: {},
  inContainer: proposesContainer(container),
})
