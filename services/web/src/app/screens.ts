/** Who is shown which screens. The server decides what one may do; this only spares people doors that are closed. */
import type { Here } from './session'

type Role = 'admin' | 'front_desk' | 'specialist' | 'patient'

export const SCREENS = [
  { to: '/desk', words: 'nav.agenda', roles: ['admin', 'front_desk', 'specialist'] },
  { to: '/desk/queue', words: 'nav.queue', roles: ['admin', 'front_desk', 'specialist'] },
  { to: '/desk/waitlist', words: 'nav.waitlist', roles: ['admin', 'front_desk', 'specialist'] },
  { to: '/hours', words: 'nav.hours', roles: ['admin', 'front_desk', 'specialist'] },
  { to: '/me', words: 'nav.appointments', roles: ['patient'] },
] as const satisfies { to: string; words: string; roles: Role[] }[]

export type Screen = (typeof SCREENS)[number]

export function screensOf(here: Here | undefined): Screen[] {
  return SCREENS.filter(({ roles }) => (roles as readonly string[]).includes(here?.role ?? ''))
}

export function startOf(here: Here): '/desk' | '/me' {
  return here.role === 'patient' ? '/me' : '/desk'
}
