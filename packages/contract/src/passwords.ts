import { z } from 'zod'
import { bounds } from './limits.ts'

/** The rule for a person's new password. It also applies to the administrator's password in the settings. */
export const newPassword = z.string().min(bounds.newPassword.min).max(bounds.newPassword.max)

/** The rule for the password of a new share link. */
export const newSharePassword = z.string().min(bounds.sharePassword.min).max(bounds.sharePassword.max)
