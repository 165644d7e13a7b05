/** What is given at a location, and who gives it: for the choices of forms. */
import type { Service, Specialist } from '@ambulo/client'
import { useCatalog } from '../app/catalog'

interface Offered {
  services: Service[]
  /** Those who work there; with a service, those of them who give it. */
  givers: (serviceId?: string | null) => Specialist[]
}

export function useOffered(locationId: string | null): Offered {
  const { services, specialists } = useCatalog()
  const at = locationId ?? ''
  return {
    services: services.filter(
      ({ inactive, locationIds }) => !inactive && (!locationIds.length || locationIds.includes(at)),
    ),
    givers: (serviceId) => {
      const able = services.find(({ id }) => id === serviceId)?.providerIds ?? []
      return specialists.filter(
        ({ id, inactive, locationIds }) => !inactive && locationIds.includes(at) && (!able.length || able.includes(id)),
      )
    },
  }
}
