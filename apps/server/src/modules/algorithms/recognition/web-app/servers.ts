import { shellWord } from '../../../../lib/shell-word.ts'

/** The servers for applications. The first is also required by the platform's own Python runtime. */
export const servers = { asgi: 'uvicorn>=0.23,<1', wsgi: 'waitress==3.0.2' }

/**
 * The command that serves an application. `target` is `module:name`. An application whose code reads the arguments of its
 * program when it is loaded gets none: it would take those of the server for its own, and end.
 */
export function serveCommand(
  calls: keyof typeof servers,
  target: string,
  { isFactory, readsArguments = false }: { isFactory: boolean; readsArguments?: boolean },
): string {
  if (readsArguments) return `python -c ${shellWord(serveScript(calls, target, isFactory))}`
  const word = shellWord(target)
  return calls === 'asgi'
    ? `python -m uvicorn ${word}${isFactory ? ' --factory' : ''} --host "$HOST" --port "$PORT"`
    : `python -m waitress --host="$HOST" --port="$PORT"${isFactory ? ' --call' : ''} ${word}`
}

/** The same as a line of Python: the server has read its own arguments before it loads the application. */
function serveScript(calls: keyof typeof servers, target: string, isFactory: boolean): string {
  const name = JSON.stringify(target)
  const place = 'host=os.environ["HOST"], port=int(os.environ["PORT"])'
  return calls === 'asgi'
    ? `import os, uvicorn; uvicorn.run(${name}, ${place}${isFactory ? ', factory=True' : ''})`
    : `import os, pkgutil, waitress; waitress.serve(pkgutil.resolve_name(${name})${isFactory ? '()' : ''}, ${place})`
}
