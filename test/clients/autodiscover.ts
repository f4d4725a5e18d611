/** Clients that find their server by themselves: exchangelib (plain XML and SOAP) and ews-javascript-api (SOAP). */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import ews from 'ews-javascript-api';
import { startDiscovery } from './discovery.ts';
import { outputOf } from './output-of.ts';
import type { ClientRun } from './run.ts';

export async function discoverWithExchangelib({ username, password, tls }: ClientRun): Promise<number> {
  const domain = username.slice(username.indexOf('@') + 1);
  const discovery = await startDiscovery(`autodiscover.${domain}`, tls.port);
  try {
    const output = await outputOf(
      '/usr/bin/python3',
      [join(import.meta.dirname, 'discover_with_exchangelib.py'), username, password, String(discovery.nameServerPort)],
      {
        HTTPS_PROXY: discovery.proxy,
        NO_PROXY: '',
        no_proxy: '',
        REQUESTS_CA_BUNDLE: tls.certificateFile,
      },
    );
    return Number(/(\d+) checks passed/.exec(output)?.[1] ?? 0);
  } finally {
    await discovery.close();
  }
}

export async function discoverWithJavaScriptApi({ username, password, tls }: ClientRun): Promise<number> {
  setDefaultCACertificates([...getCACertificates('default'), tls.certificate]);
  const url = `https://localhost:${tls.port}/autodiscover/autodiscover.svc`;
  const service = new ews.AutodiscoverService(new ews.Uri(url), ews.ExchangeVersion.Exchange2013);
  service.Credentials = new ews.WebCredentials(username, password);
  const settings = await service.GetUserSettings(username, [
    ews.UserSettingName.ExternalEwsUrl,
    ews.UserSettingName.InternalEwsUrl,
    ews.UserSettingName.EwsSupportedSchemas,
  ]);
  const expected = `https://localhost:${tls.port}/EWS/Exchange.asmx`;
  assert.equal(settings.Settings.get(ews.UserSettingName.ExternalEwsUrl), expected);
  assert.equal(settings.Settings.get(ews.UserSettingName.InternalEwsUrl), expected);
  assert.match(String(settings.Settings.get(ews.UserSettingName.EwsSupportedSchemas)), /Exchange2010/);

  const exchange = new ews.ExchangeService(ews.ExchangeVersion.Exchange2013);
  exchange.Credentials = new ews.WebCredentials(username, password);
  exchange.Url = new ews.Uri(String(settings.Settings.get(ews.UserSettingName.ExternalEwsUrl)));
  const inbox = await ews.Folder.Bind(exchange, ews.WellKnownFolderName.Inbox);
  assert.ok(inbox.TotalCount >= 0);
  return 4;
}
