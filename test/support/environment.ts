/**
 * What the environment of a process of tests holds, besides what is there.
 *
 * @param compileCache where Node.js keeps what it has compiled; absolute, as tests start the program in other folders
 */
export function testEnvironment(compileCache: string): Record<string, string> {
  return {
    NODE_COMPILE_CACHE: compileCache,
    // No authorities but those of a test: each gateway would read hundreds of this machine's and of Node.js.
    NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --use-openssl-ca`,
    SSL_CERT_FILE: '',
    SSL_CERT_DIR: '',
    NODE_EXTRA_CA_CERTS: '',
  };
}
