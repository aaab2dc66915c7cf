import type { Words } from '../../lib/words.ts'

/** Parts of a runner's English sentences and what they are in Chinese, in the order in which they are looked for. */
const phrases: readonly (readonly [RegExp, string])[] = [
  [/(\d+) exits in (\d+) minutes?/g, '$2 分钟内退出了 $1 次'],
  [/, the last: /g, '，最后一次：'],
  [/killed for memory, limit ([\d.]+ \w+)/g, '因内存超出上限被终止，上限 $1'],
  [/killed for its number of processes, limit (\d+)/g, '因进程数超出上限被终止，上限 $1'],
  [/killed for memory/g, '因内存不足被终止'],
  [/killed for its number of processes, limit (\d+)/g, '因进程数超出上限被终止，上限 $1'],
  [/ended, exit code unknown/g, '已结束，退出码未知'],
  [/exit (\d+): /g, '退出码 $1：'],
  [/exit (\d+|\?)/g, '退出码 $1'],
  [/ after ([\d.]+) s\b/g, '，运行了 $1 秒'],
  [/it could not be started/g, '无法启动'],
]

/**
 * What a runner reports, in every language. Runners write their reasons in English into records that must be understood
 * for years, so the facts are read out of the sentence; what is none of our own phrases stays as it is.
 */
export const wordsOfRunner = (text: string): Words => ({
  zh: phrases.reduce((said, [english, chinese]) => said.replaceAll(english, chinese), text),
  en: text,
})
