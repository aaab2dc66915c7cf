import type { Task } from '@vitrine/contract'

/** Errors whose sentence first says that a start failed, which a row of a list says already. */
const startErrors = new Set(['deploy.verification_failed', 'service.start_failed'])

/** Whether an error says that something did not start. Pure. */
export const isStartError = (code: string): boolean => startErrors.has(code)

/** Why a task failed, beginning with the cause: lists show only the beginning. Pure. */
export function causeOf({ code, message, details }: NonNullable<Task['error']>): string {
  const { reason } = details
  return isStartError(code) && typeof reason === 'string' ? reason : message
}
