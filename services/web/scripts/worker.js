/* Keeps the app itself for when there is no network. What the API says is never kept here. */
const SHELL = __SHELL__
const CACHE = 'ambulo-__VERSION__'
const PAGE = '/'
const OURS = /^\/(assets\/|icon|app\.webmanifest)/
const APP = /^\/($|c\/|me$|me\/|desk$|desk\/|hours$|hours\/)/

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll([PAGE, ...SHELL])))
  self.skipWaiting()
})

self.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      await self.registration.navigationPreload?.enable()
      const old = (await caches.keys()).filter((name) => name.startsWith('ambulo-') && name !== CACHE)
      await Promise.all(old.map((name) => caches.delete(name)))
      await self.clients.claim()
    })(),
  )
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== self.location.origin) return
  if (request.mode === 'navigate') {
    // The address of a sign-in link has a token in it: that one goes by.
    if (APP.test(pathname)) event.respondWith(page(event))
  } else if (OURS.test(pathname)) event.respondWith(file(request))
})

/** What a page fetched before this worker was there. */
self.addEventListener('message', (event) => {
  const ours = (event.data.keep ?? []).map((name) => new URL(name)).filter(isOurs)
  event.waitUntil(Promise.allSettled(ours.map(({ pathname }) => file(new Request(pathname)))))
})

function isOurs({ origin, pathname }) {
  return origin === self.location.origin && OURS.test(pathname)
}

/** The newest if there is a network. The policy and its nonce are kept together with the page. */
async function page(event) {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request))
  } catch (error) {
    const kept = await caches.match(PAGE)
    if (kept) return kept
    throw error
  }
}

/** Names of assets change with what is in them: what is kept is right. */
async function file(request) {
  const kept = await caches.match(request)
  if (kept) return kept
  const found = await fetch(request)
  if (found.ok) await (await caches.open(CACHE)).put(request, found.clone())
  return found
}
