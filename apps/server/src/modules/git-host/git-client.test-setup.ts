import { runCommand } from '../../lib/run-command.ts'

/** A person's git, with nothing of this machine's configuration. Resolves with all that it said. */
export const gitClient =
  (home: string, timeoutMs = 60_000) =>
  async (args: string[], cwd: string, language = 'en'): Promise<{ ok: boolean; output: string }> => {
    const own = ['user.name=李四', 'user.email=li@example.com', 'http.postBuffer=65536']
    const result = await runCommand(
      {
        file: 'git',
        args: [...own.flatMap((setting) => ['-c', setting]), ...args],
        cwd,
        env: {
          PATH: process.env.PATH ?? '',
          HOME: home,
          LC_ALL: 'C.UTF-8',
          LANGUAGE: language,
          GIT_TERMINAL_PROMPT: '0',
          GIT_CONFIG_NOSYSTEM: '1',
          GIT_CONFIG_GLOBAL: '/dev/null',
        },
      },
      { timeoutMs },
    )
    return { ok: result.exitCode === 0, output: [...result.stdout, ...result.stderr].join('\n') }
  }
