/** What went wrong, as the API tells it (RFC 9457). */

export interface Violation {
  pointer: string
  detail: string
}

interface Told {
  type?: string
  title?: string
  status?: number
  detail?: string
  code?: string
  requestId?: string
  errors?: Violation[]
}

export class Problem extends Error {
  override readonly name = 'Problem'
  /** Where it is explained, such as /problems/booking/slot-taken. */
  readonly type: string
  readonly title: string
  /** Of HTTP; 0 if nothing was heard at all. */
  readonly status: number
  readonly detail: string
  /** What happened in one word, such as SLOT_TAKEN. */
  readonly reason: string
  /** Ask for it with this. */
  readonly requestId: string
  readonly violations: Violation[]
  /** Seconds after which it may go better. */
  readonly retryAfter: number | undefined

  constructor(told: Told, retryAfter?: number) {
    super(told.detail || told.title || 'Something went wrong')
    this.type = told.type ?? 'about:blank'
    this.title = told.title ?? ''
    this.status = told.status ?? 0
    this.detail = told.detail ?? ''
    this.reason = told.code ?? ''
    this.requestId = told.requestId ?? ''
    this.violations = told.errors ?? []
    this.retryAfter = retryAfter
  }

  static unreachable(): Problem {
    return new Problem({ title: 'Nothing was heard', code: 'UNREACHABLE' })
  }

  static async of(response: Response): Promise<Problem> {
    const wait = Number(response.headers.get('Retry-After')) || undefined
    const fallback = { status: response.status, requestId: response.headers.get('X-Request-Id') ?? '' }
    try {
      return new Problem({ ...fallback, ...((await response.json()) as Told) }, wait)
    } catch {
      // A proxy between may answer in words of its own.
      return new Problem({ ...fallback, title: response.statusText, code: `HTTP_${response.status}` }, wait)
    }
  }
}
