/** There is nothing yet: says so, and what one could do. */
import type { ReactNode } from 'react'
import { Notice } from './Notice'

export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <Notice icon="empty" title={title} action={action}>
      {children}
    </Notice>
  )
}
