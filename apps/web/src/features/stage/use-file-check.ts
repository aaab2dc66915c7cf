import type { Asset } from '@vitrine/contract'
import { ref, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { sizeText } from '../../shared/amounts.ts'
import { problemAfter, problemBefore, type FileProblem, type Medium } from './file-fit.ts'

/**
 * Checks files of a person against what the input takes, and keeps sentences about those that do not fit. `accepts` says what
 * does.
 */
export const useFileCheck = (medium: () => Medium, mostBytes: () => number) => {
  const { t } = useI18n()
  const problems: Ref<string[]> = ref([])
  const accepts = () => t(`stage.accepts.${medium()}`, { size: sizeText(mostBytes()) })
  const say = (file: File, problem: FileProblem) =>
    problems.value.push(
      t(`stage.file_problem.${problem}`, {
        name: file.name,
        size: sizeText(file.size),
        accepts: accepts(),
      }),
    )
  /** The files that may be sent. There is a sentence about each of the others. */
  const fitting = (files: readonly File[]): File[] => {
    problems.value = []
    return files.filter((file) => {
      const problem = problemBefore(medium(), file, mostBytes())
      if (problem !== null) say(file, problem)
      return problem === null
    })
  }
  /** Whether the content of a stored file fits. If not, there is a sentence about it. */
  const isRight = (file: File, found: Pick<Asset, 'kind' | 'mime'>): boolean => {
    const problem = problemAfter(medium(), file, found)
    if (problem !== null) say(file, problem)
    return problem === null
  }
  return { problems, accepts, fitting, isRight }
}
