/** A username as usernames are compared: in one Unicode form, without regard to capitals. */
export function usernameKey(username: string): string {
  return username.normalize('NFKC').toLowerCase()
}
