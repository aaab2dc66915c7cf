import type { Asset } from '@vitrine/contract'
import { ref, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { sizeText } from '../../shared/amounts.ts'
import { problemAfter, problemBefore, type FileProblem, type Medium } from './file-fit.ts'

/** A limit below this many bytes may be met by a picture of a camera or a scanner. */
const saidForPictures = 200 * 1024 ** 2

/**
 * Checks files of a person against what the input takes, and keeps sentences about those that do not fit. `accepts` says what
 * does.
 */
export const useFileCheck = (medium: () => Medium, mostBytes: () => number) => {
  const { t } = useI18n()
  const problems: Ref<string[]> = ref([])
  // No photograph comes near the limit of media; where visitors have a smaller one, it counts for pictures too.
  const isLimiting = () => medium() !== 'image' || mostBytes() < saidForPictures
  const withSize = () => t(`stage.accepts.${medium()}`, { size: sizeText(mostBytes()) })
  const accepts = () => (isLimiting() ? withSize() : t('stage.accepts.any_image'))
  /** The largest size; empty where it says nothing. */
  const atMost = () => (isLimiting() ? t('stage.at_most', { size: sizeText(mostBytes()) }) : '')
  const say = (file: File, problem: FileProblem) =>
    problems.value.push(
      t(`stage.file_problem.${problem}`, {
        name: file.name,
        size: sizeText(file.size),
        accepts: problem === 'too_large' ? withSize() : accepts(),
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
  return { problems, accepts, atMost, fitting, isRight }
}
