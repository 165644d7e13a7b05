/** What does one come for? Each service leads on. */
import { Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useParams, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import css from './book.module.css'
import { ChoiceLink } from './ChoiceLink'
import { clinicPage, locationsOf } from './offers'
import { ServiceFacts } from './ServiceFacts'
import { StepFrame } from './StepFrame'

export function ServiceStep() {
  const { t } = useTranslation('book')
  const { clinicId } = useParams({ from: '/c/$clinicId' })
  const search = useSearch({ from: '/c/$clinicId/book' })
  const page = useQuery(clinicPage(clinicId)).data
  if (!page) return null
  return (
    <StepFrame step="service" title={t('service.title')} lead={t('service.lead')}>
      <Stack component="ul" gap="sm" className={css.list}>
        {page.services
          .filter((service) => locationsOf(page, service).length > 0)
          .map((service) => (
            <li key={service.id}>
              <ChoiceLink
                to="/c/$clinicId/book"
                params={{ clinicId }}
                search={{ step: 'who', service: service.id, ...(search.location && { location: search.location }) }}
                aria-current={search.service === service.id || undefined}
              >
                <ServiceFacts service={service} />
              </ChoiceLink>
            </li>
          ))}
      </Stack>
    </StepFrame>
  )
}
