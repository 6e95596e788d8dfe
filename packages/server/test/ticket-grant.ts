import { accountOf, defineGrant, fact, insert, find, issueFor, optional, refuseGrant, required, several, unbounded } from '@latchkey/server'

/** What the ticket office answers for a ticket. */
export interface Ticket {
  readonly sub?: string
  readonly claims?: Readonly<Record<string, unknown>>
  readonly members?: Readonly<Record<string, unknown>>
}

/** A grant of somebody else's, in one file: a ticket becomes tokens, once. */
export const ticketGrant = (office: (ticket: string, signal: { readonly aborted: boolean }) => Promise<Ticket | undefined>) =>
  defineGrant({
    grant_type: 'urn:example:ticket',
    parameters: { ticket: required, seat: optional, scope: unbounded, resource: several },
    needs: ({ ticket }) => ({ found: fact((signal) => office(ticket, signal)), account: accountOf('found'), used: find('mark', `ticket ${ticket}`) }),
    decide(input) {
      const { request, known, now } = input
      if (request.seat === 'taken') return refuseGrant({ error: 'invalid_target', description: 'The seat is "taken".', members: { seat: 'taken', error: 'mine' }, facts: { seat: 'taken' } })
      if (request.seat === 'staff') return refuseGrant({ error: 'invalid_client', description: 'Staff only.' })
      if (known.found === undefined || known.used !== undefined) return refuseGrant({ error: 'invalid_grant', description: 'The ticket is not valid.' })
      const { sub, claims = {}, members = {} } = known.found
      const writes = [insert('mark', `ticket ${request.ticket}`, { expiresAt: now + 3_600 })]
      const issued = { ...input, scope: request.scope, resource: request.resource, claims, members, writes }
      return issueFor(sub === undefined ? issued : { ...issued, subject: { account: known.account, auth_time: now, amr: ['ticket'], acr: 'urn:example:gate' } })
    },
  })
