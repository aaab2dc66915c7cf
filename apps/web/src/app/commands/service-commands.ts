import type { Service } from '@vitrine/contract'
import { isPossible, type Operation } from '../../features/services/use-operations.ts'
import { stageOffer } from '../../features/services/service-view.ts'
import type { Command } from './commands.ts'

/** What a service's commands are called: its name filled into `commands.service.<word>`. */
type Naming = (word: string, name: string) => string
type Doing = { go: (path: string) => unknown; operate: (operation: Operation, service: Service) => unknown }
const operations: readonly Operation[] = ['start', 'stop', 'restart', 'delete']

const mayDo = (operation: Operation, service: Service) =>
  operation === 'delete' ? service.may_own : service.may_operate

/**
 * Everything that can be opened and done of a service, if its state and the person's rights allow it. Its name alone opens its page; for
 * people who may not operate it, its stage, if it has one. Pure.
 */
export const serviceCommands = (
  service: Service,
  mayReadLog: boolean,
  name: Naming,
  { go, operate }: Doing,
): Command[] => {
  const page = `/services/${service.id}`
  const stage = `/stage/${service.id}`
  const hasStage = stageOffer(service) !== 'none'
  const namesStage = hasStage && !service.may_operate
  const places = [
    { word: 'stage', path: stage, isThere: hasStage && !namesStage },
    { word: 'page', path: page, isThere: namesStage },
    { word: 'log', path: `${page}?tab=log`, isThere: mayReadLog },
    { word: 'releases', path: `${page}?tab=releases`, isThere: true },
    { word: 'metrics', path: `${page}?tab=metrics`, isThere: true },
    { word: 'settings', path: `${page}?tab=settings`, isThere: service.may_own },
    {
      word: 'presentation',
      path: `${page}/presentation`,
      isThere: service.may_own && hasStage,
    },
  ]
  const of = (word: string, run: () => unknown): Command => ({
    id: `service ${service.id} ${word}`,
    group: 'service',
    title: name(word, service.name),
    hint: service.id,
    alsoCalled: service.other_names,
    run,
  })
  return [
    { ...(namesStage ? of('stage', () => go(stage)) : of('page', () => go(page))), title: service.name },
    ...places.filter(({ isThere }) => isThere).map(({ word, path }) => of(word, () => go(path))),
    ...operations
      .filter((operation) => mayDo(operation, service) && isPossible(operation, service))
      .map((operation) => of(operation, () => operate(operation, service))),
  ]
}
