import { useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import type { Permission, Service } from '@vitrine/contract'
import { useSession } from '../../features/session/session.ts'
import type { Operation } from '../../features/services/use-operations.ts'
import { readServices } from '../../features/services/use-services.ts'
import { languages } from '../../locales/languages.ts'
import { features, shownNav } from '../feature.ts'
import { themes, usePreferences } from '../preferences.ts'
import { useSignOut } from '../use-sign-out.ts'
import type { Command } from './commands.ts'
import { serviceCommands } from './service-commands.ts'
import { useFound } from './use-found.ts'

type Place = { word: string; path: string; permission?: Permission }
/** Pages without an entry in the menu. */
const pages: readonly Place[] = [
  { word: 'keys', path: '/settings?tab=keys', permission: 'api_keys.own' },
  { word: 'users', path: '/settings?tab=users', permission: 'users.manage' },
  { word: 'roles', path: '/settings?tab=roles', permission: 'users.manage' },
  { word: 'sessions', path: '/settings?tab=sessions', permission: 'users.manage' },
  { word: 'audit', path: '/settings?tab=audit', permission: 'audit.read' },
  { word: 'account', path: '/account' },
  { word: 'guide', path: '/guide' },
]
/** Things to do that begin on a page. */
const beginnings: readonly Place[] = [
  { word: 'deploy', path: '/deploy', permission: 'services.deploy' },
  { word: 'compare', path: '/compare', permission: 'runs.create' },
  { word: 'upload', path: '/library', permission: 'assets.write' },
  { word: 'new_key', path: '/settings?tab=keys', permission: 'api_keys.own' },
  { word: 'new_user', path: '/settings?tab=users', permission: 'users.manage' },
  { word: 'failed_calls', path: '/calls?status=5xx', permission: 'calls.read' },
  { word: 'slow_calls', path: '/calls?min=1000', permission: 'calls.read' },
  { word: 'attention', path: '/services?state=attention', permission: 'services.read' },
]

/**
 * All commands of the palette: the pages of this person, their permitted actions, and all objects by name. Services are
 * read each time that the palette opens, because their actions depend on their state.
 */
export const useCommands = (
  { text, isOpen }: { text: Ref<string>; isOpen: Ref<boolean> },
  does: { operate: (operation: Operation, service: Service) => unknown; help: () => unknown },
): Ref<Command[]> => {
  const { t } = useI18n()
  const router = useRouter()
  const session = useSession()
  const preferences = usePreferences()
  const signOut = useSignOut()
  const services = useQuery({
    queryKey: ['services', 'named'],
    queryFn: readServices,
    enabled: () => isOpen.value && session.may('services.read'),
    staleTime: 0,
  })
  const found = useFound(
    text,
    (id) => services.data.value?.items.find((service) => service.id === id)?.name ?? id,
  )
  const go = (path: string) => router.push(path)
  const may = ({ permission }: Place) => permission === undefined || session.may(permission)
  const placed = (group: 'page' | 'action', places: readonly Place[]) =>
    places.filter(may).map(({ word, path }): Command => ({
      id: `${group} ${path}`,
      group,
      title: t(`commands.${group}.${word}`),
      first: group === 'action',
      run: () => go(path),
    }))
  const doing = (id: string, title: string, run: () => unknown): Command => ({
    id: `action ${id}`,
    group: 'action',
    title,
    run,
  })
  return computed(() => [
    ...shownNav(features, session.may)
      .flatMap(({ items }) => items)
      .map(({ path, titleKey }): Command => {
        const title = t(titleKey)
        return { id: `page ${path}`, group: 'page', title, first: true, run: () => go(path) }
      }),
    ...placed('page', pages),
    ...placed('action', beginnings),
    ...themes
      .filter((theme) => theme !== preferences.theme)
      .map((theme) =>
        doing(theme, t('commands.action.theme', { theme: t(`app.theme.${theme}`) }), () =>
          preferences.chooseTheme(theme),
        ),
      ),
    ...languages
      .filter((language) => language !== preferences.language)
      .map((language) =>
        doing(language, t('app.switch_language'), () => preferences.chooseLanguage(language)),
      ),
    doing('help', t('commands.shortcuts'), does.help),
    doing('sign-out', t('app.sign_out'), signOut),
    ...(services.data.value?.items ?? []).flatMap((service) =>
      serviceCommands(
        service,
        session.may('services.logs'),
        (word, name) => t(`commands.service.${word}`, { name }),
        { go, operate: does.operate },
      ),
    ),
    ...found.value,
  ])
}
