import { createHmac, randomUUID } from 'node:crypto'
import { z } from 'zod'

/** What the platform states about a webhook. */
const hookBody = z.strictObject({
  type: z.literal('gitea'),
  active: z.literal(true),
  events: z.tuple([z.literal('push')]),
  config: z.strictObject({ url: z.url(), secret: z.string().min(32), content_type: z.literal('json') }),
})
/** What the platform states about a commit. */
const statusBody = z.strictObject({
  state: z.enum(['pending', 'success', 'failure']),
  target_url: z.url(),
  description: z.string().max(255),
  context: z.string().min(1),
})

type Hook = z.output<typeof hookBody>['config'] & { id: number; repository: string }

/** A push, as Gitea tells of it. Both commits are the same for a test delivery. */
export type ToldPush = { repository: string; branch: string; before: string; after: string }

/** A delivery as Gitea sends it: its body, and the headers that belong to it. */
export type Delivery = { url: string; body: string; headers: Record<string, string> }

/** Webhooks and states of commits of a stand-in for Gitea. */
export class StandInHooks {
  readonly all: Hook[] = []
  readonly statuses: (z.output<typeof statusBody> & { repository: string; commit: string })[] = []
  /** Whether deliveries are sent. Gitea refuses addresses that its `ALLOWED_HOST_LIST` does not have. */
  allowed = true
  /** Whether the token may make webhooks, and mark commits. */
  makes = true
  takesStatus = true
  readonly #going = new Set<Promise<unknown>>()
  #number = 0

  /** Makes a webhook. Throws for a body that is not the platform's. */
  add(repository: string, body: unknown): Hook {
    const { config } = hookBody.parse(body)
    this.#number += 1
    const hook = { ...config, id: this.#number, repository }
    this.all.push(hook)
    return hook
  }

  /** Whether there was such a webhook. */
  remove(repository: string, id: number): boolean {
    const at = this.all.findIndex((each) => each.repository === repository && each.id === id)
    if (at >= 0) this.all.splice(at, 1)
    return at >= 0
  }

  mark(repository: string, commit: string, body: unknown): object {
    const { state, ...about } = statusBody.parse(body)
    this.statuses.push({ state, ...about, repository, commit })
    return { id: this.statuses.length, status: state, ...about }
  }

  /** The states of a commit, as the API tells them. */
  statusesOf(commit: string): object[] {
    const own = this.statuses.filter((each) => each.commit === commit)
    return own.map(({ state: status, context, description, target_url }) => ({
      status,
      context,
      description,
      target_url,
    }))
  }

  /** What Gitea sends to a webhook about a push. */
  deliveryOf(hook: Pick<Hook, 'url' | 'secret'>, { repository, branch, before, after }: ToldPush): Delivery {
    const body = JSON.stringify({
      ref: `refs/heads/${branch}`,
      before,
      after,
      commits: [],
      repository: { full_name: repository },
      pusher: { login: 'li' },
    })
    const signature = createHmac('sha256', hook.secret).update(body).digest('hex')
    return {
      url: hook.url,
      body,
      headers: {
        'content-type': 'application/json',
        'x-gitea-event': 'push',
        'x-gitea-delivery': randomUUID(),
        'x-gitea-signature': signature,
      },
    }
  }

  /** Tells all webhooks of a repository, or one, of a push. Nobody waits for their answers. */
  tell(push: ToldPush, only?: number): void {
    if (!this.allowed) return
    for (const hook of this.all.filter(
      ({ id, repository }) => repository === push.repository && id === (only ?? id),
    )) {
      const { url, body, headers } = this.deliveryOf(hook, push)
      const delivery = fetch(url, { method: 'POST', body, headers }).then((answer) => answer.text())
      // Gitea does not mind either if nobody answers.
      this.during(delivery).catch(() => null)
    }
  }

  /** Work that may tell of a push: `settled` waits for its end. */
  during<T>(work: Promise<T>): Promise<T> {
    const end = () => void this.#going.delete(work)
    this.#going.add(work)
    work.then(end, end)
    return work
  }

  /** Resolves when all pushes were told, and all deliveries were answered. */
  async settled(): Promise<void> {
    while (this.#going.size > 0) await Promise.allSettled(this.#going)
  }
}
