import ignore from '@balena/dockerignore'
import { answerInThread } from '../../adapters/threads/answer-in-thread.ts'

/** The text of a `.dockerignore`, and paths of the package that it is in. */
export type IgnoreRequest = { patterns: string; paths: readonly string[] }

/** Answers with those of the paths that the patterns do not name. */
answerInThread<IgnoreRequest, string[]>(({ patterns, paths }) => {
  const ignored = ignore().add(patterns)
  return paths.filter((path) => !ignored.ignores(path))
})
