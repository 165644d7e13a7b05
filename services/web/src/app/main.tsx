/** Where it begins: words first, since every screen needs some. */
import '@mantine/core/styles.css'
import './app.css'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { newQueryClient } from './api'
import { startWords } from './i18n'
import { startQueue } from './offline/queue'
import { keepSeen } from './offline/seen'
import { Providers } from './Providers'
import { newRouter } from './router'

// What Mantine's own libraries look for when they add a style.
Object.assign(globalThis, { __webpack_nonce__: nonce() })

const queries = newQueryClient()
const router = newRouter(queries)
keepSeen(queries)
startQueue(queries)

function nonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? ''
}

await startWords()
const place = document.getElementById('app')
if (place)
  createRoot(place).render(
    <StrictMode>
      <Providers queries={queries} nonce={nonce()}>
        <RouterProvider router={router} />
      </Providers>
    </StrictMode>,
  )

// After all that somebody waits for.
if (import.meta.env.PROD && 'serviceWorker' in navigator) setTimeout(() => void keepApp().catch(() => undefined), 1000)

/** What was fetched before the worker was there is kept, too: the screen one is on opens without a network. */
async function keepApp() {
  await navigator.serviceWorker.register('/sw.js')
  const { active } = await navigator.serviceWorker.ready
  active?.postMessage({ keep: performance.getEntriesByType('resource').map(({ name }) => name) })
}
