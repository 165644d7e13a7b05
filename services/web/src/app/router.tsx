/** Every address of the app. Each screen is fetched when it is first needed. */
import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router'
import { bookSearch } from '../book/search'
import { agendaAddress } from '../desk/address'
import { hoursSearch } from '../hours/search'
import { Failed, Loading } from '../ui'
import { visitClinic } from './clinic'
import { NotFound } from './NotFound'
import { startOf } from './screens'
import { begin, hereOf } from './session'

const root = createRootRouteWithContext<{ queries: QueryClient }>()({ notFoundComponent: NotFound })

const start = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: async () => {
    const here = hereOf(await begin())
    if (here) throw redirect({ to: startOf(here), replace: true })
  },
  component: lazyRouteComponent(() => import('./SignIn'), 'SignIn'),
})

const arrival = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search) => ({ token: String(search.token ?? '') }),
  component: lazyRouteComponent(() => import('./Arrival'), 'Arrival'),
})

/** For everybody: a clinic's own pages, in its colours. */
const clinic = createRoute({
  getParentRoute: () => root,
  path: '/c/$clinicId',
  onEnter: ({ params }) => visitClinic(params.clinicId),
  onStay: ({ params }) => visitClinic(params.clinicId),
  onLeave: () => visitClinic(undefined),
  component: lazyRouteComponent(() => import('./PublicShell'), 'PublicShell'),
})

const clinicPage = createRoute({
  getParentRoute: () => clinic,
  path: '/',
  component: lazyRouteComponent(() => import('../book/ClinicPage'), 'ClinicPage'),
})

const book = createRoute({
  getParentRoute: () => clinic,
  path: '/book',
  validateSearch: bookSearch,
  component: lazyRouteComponent(() => import('../book/Book'), 'Book'),
})

const confirm = createRoute({
  getParentRoute: () => clinic,
  path: '/confirm',
  component: lazyRouteComponent(() => import('../book/ConfirmLink'), 'ConfirmLink'),
})

/** For who is signed in. */
const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  beforeLoad: async () => {
    if (!hereOf(await begin())) throw redirect({ to: '/', replace: true })
  },
  component: lazyRouteComponent(() => import('./Shell'), 'Shell'),
})

const me = createRoute({
  getParentRoute: () => inside,
  path: '/me',
  component: lazyRouteComponent(() => import('../portal/Appointments'), 'Appointments'),
})

const visit = createRoute({
  getParentRoute: () => inside,
  path: '/me/appointments/$appointmentId',
  component: lazyRouteComponent(() => import('../portal/Visit'), 'Visit'),
})

const move = createRoute({
  getParentRoute: () => inside,
  path: '/me/appointments/$appointmentId/move',
  component: lazyRouteComponent(() => import('../portal/Move'), 'Move'),
})

const desk = createRoute({
  getParentRoute: () => inside,
  path: '/desk',
  validateSearch: agendaAddress,
  component: lazyRouteComponent(() => import('../desk/Agenda'), 'Agenda'),
})

const queue = createRoute({
  getParentRoute: () => inside,
  path: '/desk/queue',
  component: lazyRouteComponent(() => import('../desk/Queue'), 'Queue'),
})

const waitlist = createRoute({
  getParentRoute: () => inside,
  path: '/desk/waitlist',
  component: lazyRouteComponent(() => import('../desk/Waitlist'), 'Waitlist'),
})

const hours = createRoute({
  getParentRoute: () => inside,
  path: '/hours',
  validateSearch: hoursSearch,
  component: lazyRouteComponent(() => import('../hours/Hours'), 'Hours'),
})

const routes = root.addChildren([
  start,
  arrival,
  clinic.addChildren([clinicPage, book, confirm]),
  inside.addChildren([me, visit, move, desk, queue, waitlist, hours]),
])

export function newRouter(queries: QueryClient) {
  return createRouter({
    routeTree: routes,
    context: { queries },
    defaultPreload: 'intent',
    scrollRestoration: true,
    defaultPendingComponent: Loading,
    defaultErrorComponent: ({ error, reset }) => <Failed error={error} retry={reset} />,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof newRouter>
  }
}
