/** The npm package http-proxy, passing everything on. */
import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import httpProxy from 'http-proxy';

const [port, target = '', authority] = process.argv.slice(2);
const connections = { keepAlive: true, maxSockets: 256 };
const agent =
  authority === undefined ? new Agent(connections) : new TlsAgent({ ...connections, ca: readFileSync(authority) });
httpProxy.createProxyServer({ target, agent, secure: true }).listen(Number(port), '127.0.0.1');
