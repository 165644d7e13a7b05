/** What browsers have and jsdom lacks. */
import { cleanup, configure } from '@testing-library/react'
import { afterEach, vi } from 'vitest'

afterEach(cleanup)
// As long as a busy machine may take: what never comes fails all the same.
configure({ asyncUtilTimeout: 10_000 })

window.matchMedia ??= (media: string) =>
  ({ matches: false, media, addEventListener: vi.fn(), removeEventListener: vi.fn() }) as unknown as MediaQueryList
globalThis.ResizeObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
}
