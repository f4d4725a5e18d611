/** The npm package @fastify/http-proxy, passing everything on. */
import { readFileSync } from 'node:fs';
import httpProxy from '@fastify/http-proxy';
import Fastify from 'fastify';

const [port, target = '', authority] = process.argv.slice(2);
const connect = authority === undefined ? {} : { ca: readFileSync(authority) };
const app = Fastify({ bodyLimit: 2 ** 30 });
await app.register(httpProxy, { upstream: target, undici: { connections: 256, connect } });
await app.listen({ port: Number(port), host: '127.0.0.1' });
