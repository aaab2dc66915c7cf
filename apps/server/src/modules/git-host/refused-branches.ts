import type { Language } from '../../lib/errors.ts'

/** Branches of an algorithm whose history stays: the followed one, and those that are deployed by themselves, with a service of each. */
export type KeptBranches = { followed: string; watched: ReadonlyMap<string, string> }

/** Whether a push may rewrite what it changes. `refs` is null if that is not known. Pure. */
export function mayRewrite(refs: readonly string[] | null, { followed, watched }: KeptBranches): boolean {
  const kept = new Set([followed, ...watched.keys()].map((branch) => `refs/heads/${branch}`))
  return refs !== null && !refs.some((ref) => kept.has(ref))
}

/** How git reports a branch that it did not rewrite or delete (gitprotocol-pack(5), report-status). */
const refusal = /ng refs\/heads\/(\S+) (?:(non-fast-forward)|deletion of the current branch prohibited)/g

/** No more are listed, because the text must fit into one packet of git. */
const toldAtMost = 3

type Refused = { branch: string; isDeletion: boolean }

const words: Record<Language, (refused: Refused, kept: KeptBranches) => string> = {
  zh: ({ branch, isDeletion }, { followed, watched }) => {
    if (isDeletion)
      return `分支 ${branch} 不能删除：它的提交就是代码版本。不再需要这个算法时，请在它的页面上删除算法`
    const service = watched.get(branch)
    if (branch === followed)
      return `分支 ${branch} 没有改动：它的提交就是代码版本，历史不能改写。请先取回（git pull --rebase）再推送，不加 --force；要撤销某个提交，用 git revert；要试改写后的历史，推送到另一个分支`
    return service === undefined
      ? `分支 ${branch} 没有改动：强制推送请单独推送它，不要和 ${followed} 一起`
      : `分支 ${branch} 没有改动：服务 ${service} 自动部署它，历史不能改写。要撤销某个提交，用 git revert；确要改写，先在这个服务的“推送即部署”里换一个分支或关闭`
  },
  en: ({ branch, isDeletion }, { followed, watched }) => {
    if (isDeletion)
      return `The branch ${branch} cannot be deleted: its commits are code versions. Delete the algorithm on its page if it is no longer needed`
    const service = watched.get(branch)
    if (branch === followed)
      return `The branch ${branch} was not changed: its commits are code versions, so its history cannot be rewritten. Take in what is there (git pull --rebase) and push without --force; to undo a commit, use git revert; to try a rewritten history, push it to another branch`
    return service === undefined
      ? `The branch ${branch} was not changed: push it alone, not together with ${followed}, to rewrite it`
      : `The branch ${branch} was not changed: it is deployed to the service ${service}, so its history cannot be rewritten. To undo a commit, use git revert; to rewrite it, first choose another branch under “Push to deploy” of that service, or turn that off`
  },
}

/** The text about branches that git has refused to rewrite or delete, from the end of its output; null if there are none. Pure. */
export function refusedBranches(said: string, kept: KeptBranches, language: Language): string | null {
  const refused = [...said.matchAll(refusal)].slice(0, toldAtMost).map(([, branch = '', rewritten]) => ({
    branch,
    isDeletion: rewritten === undefined,
  }))
  return refused.length === 0 ? null : refused.map((one) => words[language](one, kept)).join('\n')
}
