import type { ClusterCause, ProcessEnd, ProcessReason } from '../../adapters/process-runner/process-reason.ts'
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
  no_gpu_driver: {
    zh: '它要求 GPU，但这台机器的 Docker 用不了 GPU。请管理员安装显卡驱动和 NVIDIA Container Toolkit，或把它的 GPU 数改为 0',
    en: 'it asks for a GPU, but Docker on this machine cannot give one. An administrator can install the driver and the NVIDIA Container Toolkit, or its number of GPUs can be set to 0',
  },
  too_few_gpus: {
    zh: '它要求的 GPU 比这台机器有的多。请减少它的 GPU 数',
    en: 'it asks for more GPUs than this machine has. Lower its number of GPUs',
  },
  ENOMEM: { zh: '机器内存不足', en: 'the machine does not have enough memory' },
}

const inBrackets = (words: Words | undefined): Words =>
  words ? { zh: `（${words.zh}）`, en: ` (${words.en})` } : wordsOf('')

type SpawnFailure = Omit<Extract<ProcessEnd, { code: 'spawn_failed' }>, 'code'>

/** Why it could not be started, with what Docker or the cluster itself said of that. */
function spawnWords({ errno, said, by }: SpawnFailure): Words {
  const meaning = (errno !== null && meaningOfErrno[errno]) || wordsOf(errno ?? '')
  const engine = by === 'kubernetes' ? 'Kubernetes' : 'Docker'
  const answer = said ? { zh: `${engine} 回答“${said}”`, en: `${engine} said “${said}”` } : wordsOf('')
  const why = [meaning, answer].filter(({ en }) => en !== '')
  if (why.length === 0) return { zh: '无法启动', en: 'it could not be started' }
  return {
    zh: `无法启动：${why.map(({ zh }) => zh).join('。')}`,
    en: `it could not be started: ${why.map(({ en }) => en).join('. ')}`,
  }
}

const meaningOfCause: Readonly<Record<ClusterCause, Words>> = {
  quota: {
    zh: '集群的配额已用完，没有它的位置。请管理员提高配额，或停止别的服务',
    en: 'a quota of the cluster is used up. An administrator can raise it, or another service can be stopped',
  },
  admission: {
    zh: '集群的准入规则不允许它运行。请集群管理员检查命名空间的规则',
    en: 'a rule of the cluster does not admit it. An administrator of the cluster can check the rules of the namespace',
  },
  unschedulable: {
    zh: '集群中没有节点能运行它。请降低它的内存、处理器或 GPU 数，或给集群增加节点',
    en: 'no node of the cluster can run it. Lower its memory, processor or number of GPUs, or add nodes to the cluster',
  },
  image: {
    zh: '集群的节点取不到它的镜像。请管理员检查节点能否访问镜像仓库，以及拉取镜像用的密钥',
    en: 'no node of the cluster can pull its image. An administrator can check that nodes reach the registry, and the pull secret',
  },
  container: {
    zh: '集群的节点不能建立它的容器',
    en: 'the node of the cluster cannot make its container',
  },
  refused: { zh: '集群拒绝了平台的请求', en: 'the cluster refused a request of the platform' },
}

/** Why a cluster does not run it, with its own words. */
function refusalWords({ cause, said }: { cause: ClusterCause; said: string }): Words {
  const { zh, en } = meaningOfCause[cause]
  return said === ''
    ? { zh, en }
    : { zh: `${zh}。Kubernetes 回答“${said}”`, en: `${en}. Kubernetes said “${said}”` }
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
    case 'removed_by_cluster':
      return end.said === ''
        ? { zh: '集群移除了它的 Pod', en: 'the cluster removed its pod' }
        : { zh: `集群移除了它的 Pod（${end.said}）`, en: `the cluster removed its pod (${end.said})` }
  }
}

function endWords(end: ProcessEnd): Words {
  if (end.code === 'spawn_failed') return spawnWords(end)
  const { zh, en } = howItEnded(end)
  if (end.ranMs === null) return { zh, en }
  const seconds = (end.ranMs / 1000).toFixed(1)
  return { zh: `${zh}，运行了 ${seconds} 秒`, en: `${en} after ${seconds} s` }
}

/** How a process ended that did not end by itself. */
export const endedByPlatform: Words = {
  zh: '它被停止、重启或替换了',
  en: 'it was stopped, restarted or replaced',
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
    case 'engine_away': {
      const engine = reason.engine === 'kubernetes' ? 'Kubernetes' : 'Docker'
      return {
        zh: `${engine} 没有响应，显示的是最后已知的状态`,
        en: `${engine} does not answer; this is what was last known`,
      }
    }
    case 'refused_by_cluster':
      return refusalWords(reason)
    default:
      return endWords(reason)
  }
}
