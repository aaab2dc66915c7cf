/** What serves applications. The first is what the platform's own Python runtime requires, too. */
export const servers = { asgi: 'uvicorn>=0.23,<1', wsgi: 'waitress==3.0.2' }

/**
 * The command that serves an application. `target` is `module:name`, as one word of a shell.
 */
export const serveCommand = (calls: keyof typeof servers, target: string, isFactory: boolean): string =>
  calls === 'asgi'
    ? `python -m uvicorn ${target}${isFactory ? ' --factory' : ''} --host "$HOST" --port "$PORT"`
    : `python -m waitress --host="$HOST" --port="$PORT"${isFactory ? ' --call' : ''} ${target}`
