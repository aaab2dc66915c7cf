import { defineError } from '../../lib/errors.ts'

export const replayNotEnded = defineError<{ run_id: string }>({
  code: 'replay.not_ended',
  zh: () => '运行还没有结束，结束之后才能重跑',
  en: () => 'The run has not ended. It can be replayed once it has',
})

export const replayReleaseGone = defineError<{ run_id: string; release: number | null }>({
  code: 'replay.release_gone',
  zh: ({ release }) =>
    release === null
      ? '没有记录这次运行所用的版本，不能原样重跑。可以“再次运行”，用当前版本'
      : `这次运行所用的版本 #${release} 已不存在，不能原样重跑。可以“再次运行”，用当前版本`,
  en: ({ release }) =>
    release === null
      ? 'The release of this run was not recorded, so it cannot be replayed. “Run again” uses the current release'
      : `Release #${release} of this run no longer exists, so it cannot be replayed. “Run again” uses the current release`,
})

export const replayInputGone = defineError<{ run_id: string }>({
  code: 'replay.input_gone',
  zh: () => '这次运行的输入文件已被删除或您无权读取，不能原样重跑',
  en: () =>
    'A media file of the input of this run was deleted, or you may not read it, so the run cannot be replayed',
})

export const replayNone = defineError<{ run_id: string }>({
  code: 'replay.none',
  zh: ({ run_id }) => `运行 ${run_id} 不是对另一次运行的原样重跑`,
  en: ({ run_id }) => `Run ${run_id} is not a replay of another run`,
})
