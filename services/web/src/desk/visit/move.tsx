/** Moving a visit: shown at once, taken back with the reason if it was refused, undone with one click. */
import { answer, ifMatch } from '@ambulo/client'
import { Button, Group, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { api } from '../../app/api'
import { format } from '../../ui/times'
import { type Agenda, useClinicId, useSeen, type Visit } from '../data'
import { type Keyed, useComplain, useWrite } from '../write'
import { useStep } from './steps'

export interface MoveTo {
  start: Date
  providerId?: string
  roomId?: string
  reason?: string
  byPatient?: boolean
}

interface Wish extends Omit<MoveTo, 'start'> {
  appointmentId: string
  version: number
  start: string
}

export function useMoveWrite() {
  const clinicId = useClinicId()
  return useWrite(({ appointmentId, version, ...body }: Wish, keyed: Keyed) => {
    const params = { path: { clinicId, appointmentId }, header: { ...keyed, ...ifMatch(version) } }
    return answer(api.PATCH('/v1/clinics/{clinicId}/appointments/{appointmentId}', { params, body }))
  }, useSeen())
}

export function useMove(zone: string) {
  const { t } = useTranslation('desk')
  const clinicId = useClinicId()
  const queries = useQueryClient()
  const { mutateAsync } = useMoveWrite()
  const { mutateAsync: take } = useStep()
  const complain = useComplain()
  const key = { queryKey: [clinicId, 'agenda'] }

  return async function move(visit: Visit, { start, ...rest }: MoveTo, undone?: Visit): Promise<void> {
    if (start.getTime() === Date.parse(visit.start) && isSame(visit, rest)) return
    await queries.cancelQueries(key)
    const before = queries.getQueriesData<Agenda>(key)
    queries.setQueriesData<Agenda>(key, (agenda) => agenda && moved(agenda, visit, { start, ...rest }))
    try {
      const wish = { appointmentId: visit.id, version: visit.version, start: start.toISOString(), ...rest }
      const { appointment } = await mutateAsync(wish)
      if (!appointment) return
      // Its new version: it may be moved on before the agenda is read again.
      queries.setQueriesData<Agenda>(key, (agenda) => agenda && changed(agenda, appointment))
      if (undone) return await confirmAgain(appointment, undone)
      const undo = () => void move(appointment, origin(visit, rest), visit)
      said(t('move.done', { time: format(appointment.start, zone, 'shortDayAndTime') }), t('move.undo'), undo)
    } catch (problem) {
      for (const [at, agenda] of before) queries.setQueryData(at, agenda)
      complain(problem)
    }
  }

  /** Who moves has not said yet that they come; who is moved back has. */
  async function confirmAgain({ id, version, start }: Visit, { status }: Visit): Promise<void> {
    if (status !== 'confirmed') return
    const about = format(start, zone, 'dayAndTime')
    await take({ appointmentId: id, version, step: 'confirm', about }).catch(complain)
  }
}

/**
 * Where it was. A room is named only where one was chosen: whoever names another room leaves the calendar that the visit
 * was booked from, and its hours.
 */
export function origin(visit: Visit, chosen: Omit<MoveTo, 'start'>): MoveTo {
  const isRoomNamed = chosen.roomId || !visit.calendarId
  return {
    start: new Date(visit.start),
    ...(visit.providerId && { providerId: visit.providerId }),
    ...(isRoomNamed && visit.roomId && { roomId: visit.roomId }),
  }
}

function isSame(visit: Visit, to: Omit<MoveTo, 'start'>): boolean {
  return (!to.providerId || to.providerId === visit.providerId) && (!to.roomId || to.roomId === visit.roomId)
}

function moved(agenda: Agenda, visit: Visit, { start, providerId, roomId }: MoveTo): Agenda {
  const length = Date.parse(visit.end) - Date.parse(visit.start)
  const [startUTC, endUTC] = [start.toISOString(), new Date(start.getTime() + length).toISOString()]
  const times = { start: startUTC, end: endUTC, startUTC, endUTC }
  const where = { ...(providerId && { providerId }), ...(roomId && { roomId }) }
  return changed(agenda, { ...visit, ...times, ...where })
}

function changed(agenda: Agenda, visit: Visit): Agenda {
  return { ...agenda, appointments: agenda.appointments.map((each) => (each.id === visit.id ? visit : each)) }
}

function said(words: string, undo: string, onUndo: () => void) {
  const id = `moved-${Date.now()}`
  const click = () => {
    notifications.hide(id)
    onUndo()
  }
  const message = (
    <Group justify="space-between" wrap="nowrap" gap="xs">
      <Text size="sm">{words}</Text>
      <Button variant="default" size="sm" flex="none" onClick={click}>
        {undo}
      </Button>
    </Group>
  )
  notifications.show({ id, color: 'green', message, autoClose: 8000, withCloseButton: false })
}
