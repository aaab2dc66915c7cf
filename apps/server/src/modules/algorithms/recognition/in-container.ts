import type { Manifest } from '@vitrine/contract'
import type { Finding } from '../../sources/finding.ts'
import type { PackageReading } from './package-reading.ts'
import { planFor, say, type Plan } from './plan.ts'

const dockerfile = 'Dockerfile'

/** The plan of a package whose own Dockerfile makes its image. Null if it has none at its top. */
export const dockerfilePlan = (reading: PackageReading): Plan | null =>
  reading.has(dockerfile)
    ? planFor('command', 'docker', dockerfile, [
        say(
          '根目录有 Dockerfile：按它构建镜像，在容器里运行',
          'A Dockerfile at the top: its image is built, and runs in a container',
        ),
      ])
    : null

/** What a package can have in a container of this platform, and not on the machine alone. */
const mends: Readonly<Record<string, Pick<Finding, 'follows' | 'mend'>>> = {
  'container.needed': {
    follows: say(
      '在容器里运行时，这些会装进镜像；不在容器里运行时，不会安装或执行',
      'In a container, this is part of the image. Without one, it is neither installed nor run',
    ),
    mend: say(
      '部署时选择在容器里运行（docker）',
      'Choose to run it in a container (docker) when you deploy it',
    ),
  },
  'python.missing': {
    follows: say(
      '在容器里运行时，镜像里有它要求的 Python',
      'In a container, the image has the Python that it asks for',
    ),
    mend: say(
      '部署时选择在容器里运行（docker）',
      'Choose to run it in a container (docker) when you deploy it',
    ),
  },
}

const mended = (finding: Finding): Finding => {
  const mend = mends[finding.code]
  // A line that asks for another Python is not proposed where the right one can be had.
  const { adds: _adds, ...rest } = finding
  return mend ? { ...rest, ...mend } : finding
}

/** Whether a container is the only way to run it here, a better one, or one of several. */
export type ContainerUse = 'needed' | 'better' | 'possible'

/**
 * Adapts what was recognised to a platform that runs containers. Things that only an image can have are then no problem, and the
 * finding says how to get them. Pure.
 */
export function forContainers<
  R extends { manifest: Pick<Manifest, 'runtime'> | null; warnings: Finding[]; problems: Finding[] },
>(recognition: R): R & { container: ContainerUse | null } {
  const { manifest, warnings, problems } = recognition
  if (manifest === null) return { ...recognition, container: null }
  const isElsewhere = ({ code }: Finding) => code === 'python.missing'
  const needed = manifest.runtime === 'docker' || problems.some(isElsewhere)
  const better = warnings.some(({ code }) => code === 'container.needed')
  return {
    ...recognition,
    warnings: [...problems.filter(isElsewhere), ...warnings].map(mended),
    problems: problems.filter((finding) => !isElsewhere(finding)),
    container: needed ? 'needed' : better ? 'better' : 'possible',
  }
}
