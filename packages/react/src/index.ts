export { AuthProvider, type AuthProviderProps } from './auth-provider.ts'
export { RequireAuth, type RequireAuthProps } from './require-auth.ts'
export { useAuth, useUser, type UsedAuth } from './use-auth.ts'
