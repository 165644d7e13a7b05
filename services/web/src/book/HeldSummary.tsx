/** What is kept or booked, by its ids. */
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Chosen } from './draft'
import { clinicPage, textOf } from './offers'
import { Summary } from './Summary'

export function useHeldNames(held: Chosen) {
  const { i18n } = useTranslation()
  const { clinicId } = useParams({ from: '/c/$clinicId' })
  const page = useQuery(clinicPage(clinicId)).data
  const service = page?.services.find(({ id }) => id === held.serviceId)
  return {
    service: service ? textOf(service, i18n.language).name : '',
    specialist: page?.providers.find(({ id }) => id === held.providerId)?.name,
    location: page?.locations.find(({ id }) => id === held.locationId),
  }
}

export function HeldSummary({ held }: { held: Chosen }) {
  return <Summary {...useHeldNames(held)} start={held.start} end={held.end} />
}
