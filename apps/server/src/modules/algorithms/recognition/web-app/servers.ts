/** The servers for applications. The first is also required by the platform's own Python runtime. */
export const servers = { asgi: 'uvicorn>=0.23,<1', wsgi: 'waitress==3.0.2' }

/**
 * The command that serves an application. `target` is `module:name`, as one word of a shell.
 */
export const serveCommand = (calls: keyof typeof servers, target: string, isFactory: boolean): string =>
  calls === 'asgi'
    ? `python -m uvicorn ${target}${isFactory ? ' --factory' : ''} --host "$HOST" --port "$PORT"`
    : `python -m waitress --host="$HOST" --port="$PORT"${isFactory ? ' --call' : ''} ${target}`
