import type { Visit } from '../support/browser.ts'
import { testPassword, type TestPlatform } from '../support/platform.ts'

/** Signs in as one does outside the page: the cookies are what the page finds when it is opened. */
export async function signInAs(
  visit: Visit,
  platform: TestPlatform,
  username = 'admin',
  password = testPassword,
): Promise<void> {
  const answer = await visit.page.request.post(`${platform.origin}/api/v1/auth/login`, {
    data: { username, password },
  })
  if (!answer.ok()) throw new Error(`signing in answers ${answer.status()}: ${await answer.text()}`)
}
