import { openBrowser, type Look, type TestBrowser, type Visit } from '../support/browser.ts'
import { startPlatform, testPassword, type DatabaseKind, type TestPlatform } from '../support/platform.ts'

/** A platform and a browser that opens its pages. */
export class TestBench {
  readonly platform: TestPlatform
  readonly #browser: TestBrowser

  private constructor(platform: TestPlatform, browser: TestBrowser) {
    this.platform = platform
    this.#browser = browser
  }

  static async open(
    environment: Record<string, string> = {},
    database: DatabaseKind = 'of the test server',
  ): Promise<TestBench> {
    const browser = await openBrowser()
    try {
      return new TestBench(await startPlatform({ environment, database }), browser)
    } catch (error) {
      await browser.close()
      throw error
    }
  }

  /** A new page without a sign-in. */
  visitAsNobody = (look?: Look): Promise<Visit> => this.#browser.visit(this.platform.origin, look)

  /** A new page that has the cookies of a sign-in when it is opened. */
  async visitAs(username: string, look?: Look): Promise<Visit> {
    const visit = await this.visitAsNobody(look)
    const answer = await visit.page.request.post('/api/v1/auth/login', {
      data: { username, password: testPassword },
    })
    if (!answer.ok()) throw new Error(`signing in answers ${answer.status()}: ${await answer.text()}`)
    return visit
  }

  async close(): Promise<void> {
    await this.#browser.close()
    await this.platform.dispose()
  }
}
