/** What an appointment's ids stand for. */
import type { Appointment } from '@ambulo/client'
import { useTranslation } from 'react-i18next'
import { useCatalog } from '../app/catalog'
import { useClinic } from '../app/clinic'
import { textOf } from '../book/offers'

export function useNames(it: Pick<Appointment, 'serviceId' | 'providerId' | 'locationId'> | undefined) {
  const { i18n } = useTranslation()
  const { service, specialist, location } = useCatalog()
  const clinic = useClinic()
  const offered = service(it?.serviceId ?? null)
  const place = location(it?.locationId ?? null)
  return {
    service: offered ? textOf(offered, i18n.language).name : '',
    specialist: specialist(it?.providerId ?? null)?.name,
    location: place,
    zone: place?.timeZone ?? clinic?.timeZone ?? 'UTC',
  }
}
