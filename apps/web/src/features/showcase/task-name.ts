import { useI18n } from 'vue-i18n'
import { kindNames } from '../../shared/kinds/registry.ts'

/**
 * A task's name in the reader's language: a kind of result names the tasks that give it. A task that we have no word for is
 * shown as it is, with spaces.
 */
export const useTaskName = (): ((task: string) => string) => {
  const { t, te } = useI18n()
  return (task) => {
    const keys = [`showcase.task.${task}`, ...kindNames.map((kind) => `kinds.${kind}.task.${task}`)]
    const known = keys.find((key) => te(key))
    return known === undefined ? task.replaceAll('-', ' ') : t(known)
  }
}
