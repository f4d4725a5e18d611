/** The npm package http-proxy, passing everything on. */
import { Agent } from 'node:http';
import httpProxy from 'http-proxy';

const [port, target = ''] = process.argv.slice(2);
httpProxy
  .createProxyServer({ target, agent: new Agent({ keepAlive: true, maxSockets: 256 }) })
  .listen(Number(port), '127.0.0.1');
