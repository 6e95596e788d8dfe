/** A request to one of the issuer's endpoints, as a page hands it to the worker. */
export interface Asked {
  readonly id: number
  readonly issuer: string
  readonly allowInsecureIssuer: boolean
  readonly url: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
}

/** The answer as the worker hands it back, its refresh token replaced by a name for it; or why there is none. */
export interface Answered {
  readonly id: number
  readonly failure?: string
  readonly status?: number
  readonly headers?: [string, string][]
  readonly body?: string
}
