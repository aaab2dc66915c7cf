import { useI18n } from 'vue-i18n'

/** A task's name in the reader's language; one that we have no word for is shown as it is, with spaces. */
export const useTaskName = (): ((task: string) => string) => {
  const { t, te } = useI18n()
  return (task) => (te(`showcase.task.${task}`) ? t(`showcase.task.${task}`) : task.replaceAll('-', ' '))
}
