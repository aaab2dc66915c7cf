import { useI18n } from 'vue-i18n'
import { kindNames } from '../../shared/kinds/registry.ts'

/** The task of what names none. It tells a customer nothing. */
export const unnamedTask = 'other'

/**
 * Returns a function for a task's name in the reader's language. A kind of result names the tasks that
 * produce it. An unknown task is shown as it is, with spaces.
 */
export const useTaskName = (): ((task: string) => string) => {
  const { t, te } = useI18n()
  return (task) => {
    const keys = [`showcase.task.${task}`, ...kindNames.map((kind) => `kinds.${kind}.task.${task}`)]
    const known = keys.find((key) => te(key))
    return known === undefined ? task.replaceAll('-', ' ') : t(known)
  }
}
