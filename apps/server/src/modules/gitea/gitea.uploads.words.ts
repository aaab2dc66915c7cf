import type { Finding } from '../sources/finding.ts'

const shownAtMost = 3

/** The finding about a file that was too large for a push. Pure. */
export const largeFileFinding = (path: string): Finding => ({
  code: 'preflight.sent_to_git_lfs',
  path,
  text: {
    zh: `${path} 太大，普通推送放不下：内容已存进 Gitea 的 Git LFS，并写进了 .gitattributes`,
    en: `${path} is too large for a plain push: it was sent to Git LFS of Gitea, and .gitattributes names it`,
  },
})

/** The finding if Git LFS is turned off in Gitea. Pure. */
export function turnedOffFinding(paths: readonly string[]): Finding {
  const named = paths.slice(0, shownAtMost)
  const zh = named.length > 0 ? `（${named.join('、')}${paths.length > named.length ? ' 等' : ''}）` : ''
  const en = named.length > 0 ? ` (${named.join(', ')}${paths.length > named.length ? ' …' : ''})` : ''
  return {
    code: 'preflight.git_lfs_off',
    text: {
      zh: `Gitea 没有打开 Git LFS，应由它保存的文件没有送到那里${zh}`,
      en: `Git LFS is turned off in Gitea, so the files that belong there were not sent to it${en}`,
    },
    follows: {
      zh: '有内容的文件按普通文件推送；只有指针的文件，内容只在平台上',
      en: 'Files with their contents are pushed as plain files; what a pointer names is only on the platform',
    },
    mend: {
      zh: '在 Gitea 里打开 LFS（LFS_START_SERVER），再上传一次',
      en: 'Turn on LFS in Gitea (LFS_START_SERVER), and upload again',
    },
  }
}
