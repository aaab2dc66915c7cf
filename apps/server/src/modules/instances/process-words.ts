import type { ProcessEnd, ProcessReason } from '../../adapters/process-runner/process-reason.ts'
import { wordsOf, type Words } from '../../lib/words.ts'

const meaningOfCode: Readonly<Record<number, Words>> = {
  0: {
    zh: '程序正常退出，但服务应当持续运行',
    en: 'it exited normally, but a service must keep running',
  },
  126: { zh: '要运行的文件不能执行', en: 'the file to run cannot be executed' },
  127: { zh: '找不到要运行的命令', en: 'the command to run was not found' },
  134: { zh: '程序中止了自己', en: 'the program aborted' },
  137: { zh: '被强制结束，常见原因是内存不足', en: 'it was killed, usually because of low memory' },
  139: { zh: '内存访问出错', en: 'invalid memory access' },
  143: { zh: '被要求结束', en: 'it was asked to terminate' },
}

const meaningOfSignal: Readonly<Record<string, Words>> = {
  SIGABRT: { zh: '程序中止了自己', en: 'the program aborted' },
  SIGBUS: { zh: '内存访问出错', en: 'invalid memory access' },
  SIGILL: {
    zh: '程序使用了这台机器的处理器不支持的指令',
    en: 'it used an instruction that this processor does not support',
  },
  SIGKILL: { zh: '被强制结束，常见原因是机器内存不足', en: 'it was killed, usually because of low memory' },
  SIGSEGV: { zh: '内存访问出错', en: 'invalid memory access' },
  SIGTERM: { zh: '被要求结束', en: 'it was asked to terminate' },
}

const meaningOfErrno: Readonly<Record<string, Words>> = {
  EACCES: { zh: '没有权限执行要运行的文件', en: 'no permission to execute the file' },
  EAGAIN: { zh: '机器上的进程太多', en: 'the machine runs too many processes' },
  ENOENT: { zh: '找不到要运行的文件', en: 'the file to run was not found' },
  ENOEXEC: { zh: '要运行的文件不是程序', en: 'the file to run is not a program' },
  no_image: { zh: 'Docker 中已经没有它的镜像', en: 'Docker no longer has its image' },
  ENOMEM: { zh: '机器内存不足', en: 'the machine does not have enough memory' },
}

const inBrackets = (words: Words | undefined): Words =>
  words ? { zh: `（${words.zh}）`, en: ` (${words.en})` } : wordsOf('')

/** Why it could not be started, with what Docker itself said of that. */
function spawnWords({ errno, said }: { errno: string | null; said?: string | undefined }): Words {
  const meaning = (errno !== null && meaningOfErrno[errno]) || wordsOf(errno ?? '')
  const answer = said ? { zh: `Docker 回答“${said}”`, en: `Docker said “${said}”` } : wordsOf('')
  const why = [meaning, answer].filter(({ en }) => en !== '')
  if (why.length === 0) return { zh: '无法启动', en: 'it could not be started' }
  return {
    zh: `无法启动：${why.map(({ zh }) => zh).join('。')}`,
    en: `it could not be started: ${why.map(({ en }) => en).join('. ')}`,
  }
}

/** How a process ended, without its age. */
function howItEnded(end: Exclude<ProcessEnd, { code: 'spawn_failed' }>): Words {
  switch (end.code) {
    case 'exited': {
      const meaning = inBrackets(meaningOfCode[end.exitCode])
      return { zh: `退出码 ${end.exitCode}${meaning.zh}`, en: `exit ${end.exitCode}${meaning.en}` }
    }
    case 'signalled': {
      const meaning = inBrackets(meaningOfSignal[end.signal])
      return { zh: `被信号 ${end.signal} 终止${meaning.zh}`, en: `ended by ${end.signal}${meaning.en}` }
    }
    case 'out_of_memory':
      return {
        zh: `内存超过上限 ${end.limitMb} MB，被终止`,
        en: `killed because it used more memory than its limit of ${end.limitMb} MB`,
      }
    case 'too_many_processes':
      return {
        zh: `进程数超过上限 ${end.limit}，被终止`,
        en: `killed because it had more processes than its limit of ${end.limit}`,
      }
    case 'ended_unseen':
      return { zh: '已结束，退出码未知', en: 'exited, exit code unknown' }
  }
}

function endWords(end: ProcessEnd): Words {
  if (end.code === 'spawn_failed') return spawnWords(end)
  const { zh, en } = howItEnded(end)
  const seconds = (end.ranMs / 1000).toFixed(1)
  return { zh: `${zh}，运行了 ${seconds} 秒`, en: `${en} after ${seconds} s` }
}

/** A runner's reason as a sentence in every language. */
export function processWords(reason: ProcessReason): Words {
  switch (reason.code) {
    case 'crash_loop': {
      const { exits, withinS } = reason
      const { zh, en } = endWords(reason.last)
      const minutes = withinS / 60
      return {
        zh: `${minutes} 分钟内退出了 ${exits} 次，最后一次：${zh}`,
        en: `${exits} exits in ${minutes} minutes, the last: ${en}`,
      }
    }
    case 'could_not_start':
      return spawnWords({ errno: null })
    case 'engine_away':
      return {
        zh: 'Docker 没有响应，显示的是最后已知的状态',
        en: 'Docker does not answer; this is what was last known',
      }
    case 'unknown':
      return wordsOf(reason.text)
    default:
      return endWords(reason)
  }
}
