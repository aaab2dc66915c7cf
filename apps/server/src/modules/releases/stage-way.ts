import { usesRuntime, type AppPage, type Manifest, type Service, type StageWay } from '@vitrine/contract'
import type { AppFacts } from './app-facts.ts'

type Shown = {
  manifest: Pick<Manifest, 'form' | 'operation' | 'examples' | 'input'>
  appFacts: AppFacts | null
}

const describesInput = ({ examples, input }: Shown['manifest']): boolean =>
  examples.length > 0 || Object.keys(input).length > 0

/**
 * What the stage of a release can offer, by what is known of its package. A release that was deployed before servers were
 * examined counts as one that runs, because nothing is known of it. Pure.
 */
export function stageWayBy(known: {
  form: Manifest['form']
  /** Whether an operation of its own API replaces `predict`. */
  hasOperation: boolean
  /** Whether its author describes the input of `POST /predict`, as for the platform's own runtimes. */
  describesInput: boolean
  appFacts: Pick<AppFacts, 'page' | 'predicts'> | null
}): StageWay {
  const { appFacts } = known
  if (usesRuntime(known) || known.hasOperation || appFacts === null) return 'run'
  if (appFacts.predicts || known.describesInput) return 'run'
  return appFacts.page === null ? 'none' : 'page'
}

/** What the stage of a release can offer, by its whole manifest. Pure. */
export const stageWay = ({ manifest, appFacts }: Shown): StageWay =>
  stageWayBy({
    form: manifest.form,
    hasOperation: manifest.operation !== undefined,
    describesInput: describesInput(manifest),
    appFacts,
  })

/**
 * Whether an operation of a release's own API can be chosen for the stage. An app with a page has none if neither an OpenAPI
 * document nor its code names one. Pure.
 */
export const mayBeMapped = (shown: Shown): boolean => {
  const { appFacts } = shown
  if (appFacts === null) return false
  return appFacts.openapi !== null || appFacts.hasRoutes === true || stageWay(shown) !== 'page'
}

/** The page that a service has itself, with the addresses at which it can be opened; null if it has none. Pure. */
export function appPageOf(
  service: Pick<Service, 'path' | 'own_url' | 'front_port' | 'front_host' | 'auth'>,
  appFacts: AppFacts | null,
): AppPage | null {
  if (!appFacts?.page) return null
  const { path, own_url, front_port: port, front_host: host, auth } = service
  return { path, own_url, front: port === null ? null : { host: host ?? '', port }, auth, ...appFacts.page }
}
