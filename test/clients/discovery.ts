/**
 * What a client that discovers its server needs: a name server that knows autodiscover.DOMAIN, and
 * port 443 of that name leading to the gateway's https listener. The client's own discovery runs
 * unchanged, through a proxy, since the real ports are not free to everybody.
 */
import { createSocket } from 'node:dgram';
import { startTunnel } from '../support/tunnel.ts';

export interface Discovery {
  readonly nameServerPort: number;
  readonly proxy: string;
  close(): Promise<void>;
}

/**
 * @param name the one that is known
 * @param port of the gateway's https listener
 */
export async function startDiscovery(name: string, port: number): Promise<Discovery> {
  const names = createSocket('udp4');
  names.on('message', (query, peer) => names.send(answerTo(query, name), peer.port, peer.address));
  await new Promise<void>((resolve) => names.bind(0, '127.0.0.1', resolve));
  const tunnel = await startTunnel((request) => (request.url === `${name}:443` ? port : '502 Bad Gateway'));
  return {
    nameServerPort: names.address().port,
    proxy: tunnel.url,
    close: async () => {
      names.close();
      await tunnel.close();
    },
  };
}

/** 127.0.0.1 for the name, NXDOMAIN for all others (RFC 1035, section 4). */
function answerTo(query: Buffer, name: string): Buffer {
  const labels: string[] = [];
  let position = 12;
  for (let length = query.readUInt8(position); length > 0; length = query.readUInt8(position)) {
    labels.push(query.toString('latin1', position + 1, position + 1 + length));
    position += length + 1;
  }
  const question = query.subarray(12, position + 5);
  const isAddress = query.readUInt16BE(position + 1) === 1;
  const known = labels.join('.').toLowerCase() === name;
  const header = Buffer.alloc(12);
  header.writeUInt16BE(query.readUInt16BE(0), 0);
  header.writeUInt16BE(0x8180 | (known ? 0 : 3), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(known && isAddress ? 1 : 0, 6);
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
  return Buffer.concat([header, question, ...(known && isAddress ? [record] : [])]);
}
