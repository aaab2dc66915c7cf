import { posix } from 'node:path'
import type { NodeProject } from '../../../node-projects/node-project.ts'
import { lockFiles } from '../../../node-projects/package-manager.ts'
import type { Finding } from '../../../sources/finding.ts'
import type { PackageReading } from '../package-reading.ts'
import { say } from '../plan.ts'

/** A warning for a lock file that is not read, so that other versions are installed than it says. */
export function lockFindings(
  { has }: Pick<PackageReading, 'has'>,
  { root, manager }: NodeProject,
): Finding[] {
  if (manager.lock !== null) return []
  const path = lockFiles.unread.map((name) => posix.join(root, name)).find(has)
  if (path === undefined) return []
  return [
    {
      code: 'launch.lock_unread',
      path,
      text: say(
        `不支持 ${path}，依赖由 npm 按 package.json 安装，版本可能不同。要固定版本，请再上传 package-lock.json（npm install --package-lock-only）`,
        `${path} is not read: npm installs what package.json says, perhaps in other versions. To keep the versions, upload a package-lock.json as well (npm install --package-lock-only)`,
      ),
    },
  ]
}
