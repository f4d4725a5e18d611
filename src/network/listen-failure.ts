/** Why an address cannot be listened on, and what to do. */
export function openFailure(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return 'another program listens on this address already. Stop it, or configure another port.';
    case 'EACCES':
      return 'this account may not listen on this port. Use a port above 1023, or grant the right.';
    case 'EADDRNOTAVAIL':
      return 'this machine does not have this address.';
    default:
      return `cannot listen (${error.code ?? error.message}).`;
  }
}
