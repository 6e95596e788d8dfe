export { AuthProvider, type AuthProviderProps } from './auth-provider.tsx'
export { RequireAuth, type RequireAuthProps } from './require-auth.tsx'
export { useAuth, useUser, type UsedAuth } from './use-auth.ts'
