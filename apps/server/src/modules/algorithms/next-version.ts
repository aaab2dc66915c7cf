import type { NameOrigin } from '@vitrine/contract'
import type { Finding } from '../sources/finding.ts'
import type { AlgorithmWithLatest } from './algorithms.repository.ts'

/** Where an id comes from that a person has chosen for this algorithm. */
const chosen: readonly NameOrigin[] = ['given', 'manifest', 'known']

/** What is said about an upload. A problem prevents storing it. */
export type NextVersionFindings = { problems: Finding[]; warnings: Finding[] }

const none: NextVersionFindings = { problems: [], warnings: [] }

/**
 * A finding if an upload would become the next version of an algorithm that its sender did not name: the id was made from
 * the name of a file or a title, and another algorithm has it. None for a chosen id. A problem
 * if the name has no meaning, such as that of a usual file: unrelated files have it, too.
 */
export function nextVersionFindings(
  { row, latest }: Pick<AlgorithmWithLatest, 'row' | 'latest'>,
  namedFrom: { id: NameOrigin } | null,
): NextVersionFindings {
  if (namedFrom === null || latest === null || chosen.includes(namedFrom.id)) return none
  const next = latest + 1
  const findings: Finding[] = [
    {
      code: 'algorithm.next_version',
      text: {
        zh: `已经有算法“${row.name}”（${row.id}，代码版本 v${latest}），这次上传得到的是同一个标识`,
        en: `There is already an algorithm “${row.name}” (${row.id}, code version v${latest}), and this upload gets the same ID`,
      },
      follows: {
        zh: `它会成为那个算法的代码版本 v${next}，部署后取代现在的代码`,
        en: `It becomes code version v${next} of that algorithm, and replaces its code when it is deployed`,
      },
      mend: {
        zh: `如果是另一个算法，请换一个标识；如果就是它的新版本，请填写标识 ${row.id}`,
        en: `If it is another algorithm, give it another ID. If it is a new version of this one, give the ID ${row.id}`,
      },
    },
  ]
  return namedFrom.id === 'placeholder' ? { ...none, problems: findings } : { ...none, warnings: findings }
}
