/** What all screens live in: data, looks, notifications. */
import { MantineProvider } from '@mantine/core'
import { type QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { type ReactNode, useEffect } from 'react'
import { useClinicColor } from './clinic'
import { onSession } from './session'
import { readable, themeOf } from './theme'

interface ProvidersProps {
  queries: QueryClient
  nonce?: string
  children: ReactNode
}

export function Providers({ queries, nonce = '', children }: ProvidersProps) {
  return (
    <QueryClientProvider client={queries}>
      <Forgetting queries={queries} />
      <Looks nonce={nonce}>{children}</Looks>
    </QueryClientProvider>
  )
}

function Looks({ nonce, children }: { nonce: string; children: ReactNode }) {
  const theme = themeOf(useClinicColor())
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={readable}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      {children}
    </MantineProvider>
  )
}

/** Whoever comes after somebody finds nothing of theirs: after they signed out, or in their place in another tab. */
function Forgetting({ queries }: { queries: QueryClient }) {
  useEffect(() => {
    let before: string | undefined
    return onSession((state) => {
      const who = state.kind === 'somebody' ? state.session.me?.id : undefined
      if (before && before !== who) queries.clear()
      before = who
    })
  }, [queries])
  return null
}
