import { type Client, DEVICE_CODE, type DeviceAuthorization, digest, type Interaction, type Row } from '../src/index.ts'
import { NOW, row, spa, type World, worldOf } from './world.ts'

/** A public client on a device. */
export const dev: Client = { ...spa, client_id: 'C-dev', redirect_uris: [], grant_types: [DEVICE_CODE, 'refresh_token'] }
export const DEVICE_SECRET = 'd3v1ce-d3v1ce-d3v1ce-d3v1ce-d3v1ce-d3v1ce-d'
export const USER_CODE = 'WDJBMJHT'

/** Alice's browser, with her session. */
export const ALICE_HERE = { browser: digest('alice-browser'), session: digest('alice-session') }
export const BOB_HERE = { browser: digest('alice-browser'), session: digest('bob-session') }
/** Mallory is signed in with a browser of her own. */
export const MALLORY_HERE = { browser: digest('mallory-browser'), session: digest('mallory-session') }
export const VISIT = digest('visit')
export const MALLORYS_VISIT = digest('mallorys-visit')

export function deviceRow(changes: Partial<DeviceAuthorization> = {}): Row<'device_authorization'> {
  const record: DeviceAuthorization = { client_id: 'C-dev', scope: ['openid', 'offline_access', 'read'], resource: [], state: 'pending', interval: 5, createdAt: NOW - 10, expiresAt: NOW + 590 }
  return row('device_authorization', digest(DEVICE_SECRET), { ...record, ...changes })
}

/** The changes that an approval by alice makes. */
export const APPROVED = { state: 'approved', authorization: 'auth-dev', sub: 'alice' } as const

export function visitRow(key = VISIT, browser = ALICE_HERE.browser, changes: Partial<Interaction> = {}): Row<'interaction'> {
  return row('interaction', key, { request: { kind: 'device' }, browser, createdAt: NOW - 5, expiresAt: NOW + 1_795, ...changes })
}

/** A visit in which the user code of the device has been entered. */
export const entered: Row<'interaction'> = visitRow(VISIT, ALICE_HERE.browser, { request: { kind: 'device', client_id: 'C-dev' }, device: digest(DEVICE_SECRET), consentAskedOf: 'alice' })

/** A device that waits, one approval of alice's, and alice, bob and mallory at their browsers. */
export function deviceWorld(device: Row<'device_authorization'> = deviceRow(), ...more: readonly (Row<'interaction'> | Row<'failures'> | Row<'session'>)[]): World {
  const session = (sub: string) => row('session', digest(`${sub}-session`), { sub, sid: `sid-${sub}`, auth_time: NOW - 60, amr: ['pwd'], createdAt: NOW - 60, expiresAt: NOW + 40_000 })
  const granted = { client_id: 'C-dev', sub: 'alice', sid: 'sid-alice', scope: device.scope, resource: [], auth_time: NOW - 60, amr: ['pwd'], createdAt: NOW - 1, expiresAt: NOW + 595 }
  return worldOf(
    [
      device,
      row('user_code', digest(`user_code ${USER_CODE}`), { device_authorization: device.key, expiresAt: device.expiresAt }),
      row('authorization', 'auth-dev', granted),
      visitRow(),
      visitRow(MALLORYS_VISIT, MALLORY_HERE.browser),
      ...['alice', 'bob', 'mallory'].map(session),
      ...more,
    ],
    ['alice', 'bob', 'mallory'].map((sub) => ({ sub, active: true, claims: {} })),
  )
}
