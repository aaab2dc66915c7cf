import type { Manifest } from '@vitrine/contract'
import { workerBeside, type Outcome } from '../../../adapters/threads/bounded-thread.ts'
import { createThreadPool, type Request } from '../../../adapters/threads/thread-pool.ts'
import { AppError } from '../../../lib/errors.ts'
import type { Sentence } from '../../sources/finding.ts'
import type { MachinePython } from '../../requirements/python-version.ts'
import type { PackageView } from '../../sources/package-view.ts'
import { recognitionExceeded } from '../algorithms.errors.ts'
import type { CodeChecker } from '../preflight/code-checker.ts'
import type { CodeRoute } from './code-routes/code-route.ts'
import type { TextEdit } from './launch/text-edit.ts'
import type { Fault } from './looking.ts'
import type { Given } from './naming.ts'
import { say } from './plan.ts'
import type { Requirements } from './python/requirements.ts'
import type { Recognition } from './recognise.ts'
import type {
  RecognitionAnswer,
  RecognitionQuestion,
  RecognitionRequest,
  RequirementsPlace,
} from './recognition-messages.ts'

/** How long the code of a package may be worked on, in ms. Reading its files does not count. Usual packages take a few. */
const usualLongestMs = 20_000
/** Memory for all that recognition makes of a package, in MiB. */
const usualMemoryMb = 512
/** A person has one thread. One more is for others. */
const bounds = { atOnce: 2, perPerson: 1 }
/** How long a thread waits for the next package before it ends, in ms. */
const keptMs = 60_000

/** Recognises packages in threads of their own, within a limit of time and memory. */
export type Recogniser = {
  /**
   * Finds out what a package is, and what would go wrong with it. Throws `algorithm.recognition_exceeded` if that takes too long or too much memory. Packages
   * of one person are recognised one after the other.
   *
   * @param person one name for whoever sent the package
   * @param signal aborts when nobody waits for the answer any more: the work ends then, and with it the person's turn
   */
  recognise(person: string, view: PackageView, given: Given, signal?: AbortSignal): Promise<Recognition>
  /** Reads how a stored package starts: what must be edited for it in the copy that is deployed. Throws as `recognise` does. */
  readEdits(person: string, view: PackageView, manifest: Manifest): Promise<TextEdit[]>
  /** Reads what a stored package needs installed. Throws as `recognise` does. */
  readRequirements(person: string, view: PackageView, place: RequirementsPlace): Promise<Requirements>
  /**
   * Reads the routes that the code of a stored package states, the likeliest first. Null if that takes too long or too much
   * memory: they are a help, and nothing waits for them.
   */
  readRoutes(person: string, view: PackageView): Promise<CodeRoute[] | null>
}

const startWords = say('怎样启动', 'how it starts')
const requirementsWords = say('需要安装什么', 'what it needs installed')
const routeWords = say('代码里的路由', 'the routes in the code')

/** What a request looks for, until the thread reports more. */
function wordsFor(request: RecognitionRequest): Sentence {
  if ('requirements' in request) return requirementsWords
  return 'wanted' in request ? routeWords : startWords
}

/** What else decides how packages are recognised. */
export type RecogniserOptions = {
  longestMs?: number
  memoryMb?: number
  /** The Pythons of this machine, the usual one first. */
  pythons?: () => Promise<readonly MachinePython[]>
  /** Whether this platform runs containers. */
  containers?: () => boolean
  /** Whether this machine has a GPU. */
  gpu?: () => Promise<boolean>
}

/**
 * Makes one. `code` checks code in programs of its own. `onFault` gets the errors of parts of recognition, which are defects
 * of the platform.
 */
export function createRecogniser(
  code: CodeChecker,
  onFault: (fault: Fault) => void,
  {
    longestMs = usualLongestMs,
    memoryMb = usualMemoryMb,
    pythons = async () => [],
    containers = () => false,
    gpu = async () => false,
  }: RecogniserOptions = {},
): Recogniser {
  const threads = createThreadPool<RecognitionRequest, RecognitionAnswer, RecognitionQuestion>({
    file: workerBeside(import.meta.url, 'recognition-worker'),
    memoryMb,
    bounds,
    keptMs,
  })

  function ask(
    person: string,
    view: PackageView,
    request: RecognitionRequest,
    signal?: AbortSignal,
  ): Promise<RecognitionAnswer> {
    let looksFor = wordsFor(request)
    let path: string | null = null
    const unreadable: unknown[] = []
    const tell = async (question: RecognitionQuestion) => {
      if ('looksFor' in question) looksFor = question.looksFor
      else if ('check' in question) {
        const [who, language, files, python] = question.check
        return code.check(who, language, files, python, signal)
      } else {
        path = question.read
        return view.readText(path).catch((error: unknown) => {
          unreadable.push(error)
          throw error
        })
      }
    }
    const recogniseInTurn = async (
      work: Request<RecognitionRequest, RecognitionAnswer, RecognitionQuestion>,
    ) => {
      const outcome: Outcome<RecognitionAnswer> = await work(request, longestMs, tell)
      // A part of the package could not be read, so what was recognised without it is no answer.
      if (unreadable.length > 0) throw unreadable[0]
      if ('answer' in outcome) return outcome.answer
      throw recognitionExceeded({
        limit: outcome.exceeded,
        seconds: longestMs / 1000,
        memory_mb: memoryMb,
        looked_for: looksFor,
        path,
      })
    }
    return threads.inTurn(person, recogniseInTurn, signal)
  }

  return {
    async recognise(person, view, given, signal) {
      const { files } = view
      const machine = { pythons: await pythons(), containers: containers(), gpu: await gpu() }
      const answer = await ask(person, view, { files, given, person, ...machine }, signal)
      if (!('recognition' in answer)) throw new Error('the thread answered another request')
      answer.recognition.faults.forEach(onFault)
      return { ...answer.recognition, files }
    },
    async readEdits(person, view, manifest) {
      const answer = await ask(person, view, { files: view.files, manifest })
      if (!('edits' in answer)) throw new Error('the thread answered another request')
      return answer.edits
    },
    async readRequirements(person, view, place) {
      const answer = await ask(person, view, { files: view.files, requirements: place })
      if (!('requirements' in answer)) throw new Error('the thread answered another request')
      return answer.requirements
    },
    async readRoutes(person, view) {
      const answer = await ask(person, view, { files: view.files, wanted: 'routes' }).catch(
        (error: unknown) => {
          if (error instanceof AppError && error.code === 'algorithm.recognition_exceeded') return null
          throw error
        },
      )
      if (answer === null) return null
      if (!('routes' in answer)) throw new Error('the thread answered another request')
      return answer.routes
    },
  }
}
