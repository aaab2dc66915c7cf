import { visibleText } from '@vitrine/contract'
import { defineError } from '../../lib/errors.ts'

export const gitMissing = defineError({
  code: 'code_host.git_missing',
  zh: () => '这台机器没有安装 git，无法保存代码',
  en: () => 'git is not installed on this machine, so code cannot be saved',
})

export const gitFailed = defineError<{ command: string }>({
  code: 'code_host.git_failed',
  redacted: { zh: '代码仓库操作失败', en: 'The operation on the code repository failed' },
  zh: ({ command }) => `代码仓库操作失败（git ${command}）`,
  en: ({ command }) => `The operation on the code repository failed (git ${command})`,
})

export const codeNotFound = defineError<{ algorithm_id: string; commit: string; path: string }>({
  code: 'code_host.not_found',
  zh: (d) => `算法 ${d.algorithm_id} 的提交 ${d.commit.slice(0, 10)} 里没有 ${d.path || '这份代码'}`,
  en: (d) => `Commit ${d.commit.slice(0, 10)} of ${d.algorithm_id} has no ${d.path || 'code'}`,
})

export const codeTooLarge = defineError<{
  limit_files: number
  limit_bytes: number
  limit_path_bytes: number
  limit_depth: number
}>({
  code: 'code_host.too_large',
  zh: (d) =>
    `这个提交太大：最多 ${d.limit_files} 个文件，合计 ${Math.round(d.limit_bytes / 1024 ** 2)} MB（按展开后计算），每条路径最长 ${d.limit_path_bytes} 字节、最多 ${d.limit_depth} 层`,
  en: (d) =>
    `This commit is too large: at most ${d.limit_files} files, together ${Math.round(d.limit_bytes / 1024 ** 2)} MB, counted as they are written out, and no path longer than ${d.limit_path_bytes} bytes or deeper than ${d.limit_depth} levels`,
})

export const answerTooLong = defineError<{ limit_bytes: number }>({
  code: 'code_host.answer_too_long',
  zh: ({ limit_bytes }) =>
    `这里的文件、差异或提交说明太多，超过 ${limit_bytes / 1024 ** 2} MB，页面上无法显示。请克隆仓库后在本机查看`,
  en: ({ limit_bytes }) =>
    `There are too many files, differences or words of commits here: more than ${limit_bytes / 1024 ** 2} MB, which no page can show. Clone the repository and look at it there`,
})

export const branchNotFound = defineError<{ branch: string }>({
  code: 'code_host.branch_not_found',
  zh: ({ branch }) => `仓库里没有分支 ${branch}`,
  en: ({ branch }) => `The repository has no branch ${branch}`,
})

export const tagNotFound = defineError<{ tag: string }>({
  code: 'code_host.tag_not_found',
  zh: ({ tag }) => `仓库里没有标签 ${tag}`,
  en: ({ tag }) => `The repository has no tag ${tag}`,
})

/** A name that stands for a branch or tag, and is also how the id of another commit begins. */
export const refAmbiguous = defineError<{ ref: string }>({
  code: 'code_host.ref_ambiguous',
  zh: ({ ref }) =>
    `${ref} 既是分支或标签的名称，又是另一个提交编号的开头。请写完整的提交编号，或写 refs/heads/${ref}（分支）、refs/tags/${ref}（标签）`,
  en: ({ ref }) =>
    `${ref} is the name of a branch or tag, and also how the ID of another commit begins. Write the whole ID of the commit, or refs/heads/${ref} for the branch and refs/tags/${ref} for the tag`,
})

export const folderNotFound = defineError<{ folder: string; commit: string }>({
  code: 'code_host.folder_not_found',
  zh: ({ folder, commit }) =>
    `提交 ${commit.slice(0, 10)} 里没有目录 ${folder}（符号链接不算目录）：请检查目录名，或换一个分支、标签`,
  en: ({ folder, commit }) =>
    `Commit ${commit.slice(0, 10)} has no folder ${folder} (a symbolic link is none); check its name, or choose another branch or tag`,
})

export const nameUnsafe = defineError<{ path: string }>({
  code: 'code_host.name_unsafe',
  zh: ({ path }) =>
    `不能打包成 zip：文件名 ${visibleText(path)} 含有反斜杠、盘符、控制字符，或只由点和空格组成，在有的系统上会解压到文件夹之外。请下载 tar.gz，或改名后再试`,
  en: ({ path }) =>
    `There is no zip of this code: the name ${visibleText(path)} has a backslash, a drive, a control character, or only dots and spaces, so some systems would unpack it outside of the folder. Download the tar.gz, or rename the file`,
})

export const fileRefused = defineError<{ path: string; bytes: number }>({
  code: 'code_host.file_refused',
  zh: ({ path, bytes }) =>
    `另一台服务器不接受这么大的文件：${path || '一个文件'}（${Math.ceil(bytes / 1024 ** 2)} MB）。请在那里放宽单次推送的上限（如 nginx 的 client_max_body_size），或把文件移到模型库`,
  en: ({ path, bytes }) =>
    `The other server takes no file as large as ${path || 'one of these'} (${Math.ceil(bytes / 1024 ** 2)} MB): raise its limit of one request (such as client_max_body_size of nginx), or move the file to the model store`,
})

/** `problem` is the message of git's check. */
export const objectRefused = defineError<{ object: string; problem: string }>({
  code: 'code_host.object_refused',
  zh: ({ object, problem }) =>
    `没有取回：仓库历史里的对象 ${object.slice(0, 10)} 通不过 git 的检查（${problem}），可能损坏或有恶意，再试也没有用。请用 git fsck 找到它，从历史中去掉（例如 git filter-repo），或把代码重新提交到一个新仓库`,
  en: ({ object, problem }) =>
    `Nothing was fetched: the object ${object.slice(0, 10)} in the history of the repository does not pass git's check (${problem}). It is damaged or hostile, so trying again does not help. Find it with git fsck and remove it from the history, for example with git filter-repo, or commit the code to a new repository`,
})

export const remoteSlow = defineError<{ seconds: number }>({
  code: 'code_host.remote_slow',
  zh: ({ seconds }) => `另一台服务器 ${Math.round(seconds / 60)} 分钟内没有传完，已停止；请稍后再试`,
  en: ({ seconds }) =>
    `The other server was not done within ${Math.round(seconds / 60)} minutes, so this was ended; try again later`,
})

export const repositoryEmpty = defineError({
  code: 'code_host.repository_empty',
  zh: () => '这个仓库是空的：请先推送代码',
  en: () => 'This repository is empty: push the code first',
})

export const branchMoved = defineError<{ algorithm_id: string; base: string; head: string }>({
  code: 'code_host.branch_moved',
  zh: (d) =>
    `算法 ${d.algorithm_id} 的代码已经变了：您改的是 ${d.base.slice(0, 8)}，现在是 ${d.head.slice(0, 8)}。没有保存；请对照新的内容再提交`,
  en: (d) =>
    `The code of ${d.algorithm_id} has changed: you edited ${d.base.slice(0, 8)}, and it is at ${d.head.slice(0, 8)} now. Nothing was saved; compare with the new contents and commit again`,
})

export const rulesSlow = defineError<{ seconds: number }>({
  code: 'code_host.rules_slow',
  zh: ({ seconds }) => `.gitattributes 里的规则用 ${seconds} 秒还没有查完，已停止；请写得简单一些`,
  en: ({ seconds }) =>
    `The rules of .gitattributes could not be applied within ${seconds} s; write simpler ones`,
})

export const historySlow = defineError<{ seconds: number }>({
  code: 'code_host.slow',
  zh: ({ seconds }) => `读取提交历史超过 ${seconds} 秒，已停止；请只看一个文件，或用 git 克隆后查看`,
  en: ({ seconds }) =>
    `Reading the history took more than ${seconds} s and was ended; look at one file only, or clone the code and use git`,
})

export const historyLarge = defineError<{ limit_bytes: number }>({
  code: 'code_host.history_large',
  zh: ({ limit_bytes }) =>
    `提交历史中有超过 ${limit_bytes / 1024 ** 2} MB 的文件或提交说明，页面上无法显示。请克隆仓库后在本机查看`,
  en: ({ limit_bytes }) =>
    `The history has a file or a message of more than ${limit_bytes / 1024 ** 2} MB, which no page can show. Clone the repository and look at it there`,
})
