import t from 'tap';
import { startExchange } from '../../support/simulated-exchange.ts';

const name = (folder = 'inbox', of = 'Settings1', prefix = 't'): string =>
  `<${prefix}:UserConfigurationName Name="${of}"><t:DistinguishedFolderId Id="${folder}"/>` +
  `</${prefix}:UserConfigurationName>`;
const get = (folder = 'inbox', wanted = 'All'): string =>
  `<m:GetUserConfiguration>${name(folder, 'Settings1', 'm')}` +
  `<m:UserConfigurationProperties>${wanted}</m:UserConfigurationProperties></m:GetUserConfiguration>`;
const write = (verb: string, content: string, of?: string): string =>
  `<m:${verb}UserConfiguration><m:UserConfiguration>${name('inbox', of)}${content}</m:UserConfiguration>` +
  `</m:${verb}UserConfiguration>`;
const entry = (key: string, type: string, value: string): string =>
  `<t:DictionaryEntry><t:DictionaryKey><t:Type>String</t:Type><t:Value>${key}</t:Value></t:DictionaryKey>` +
  `<t:DictionaryValue><t:Type>${type}</t:Type><t:Value>${value}</t:Value></t:DictionaryValue></t:DictionaryEntry>`;

t.test('a configuration of a folder is created, read, changed and deleted', async (t) => {
  const { call, keepForSchemas } = await startExchange(t);
  t.match(await call(get()), /ErrorItemNotFound/);
  const content = `<t:Dictionary>${entry('on', 'Boolean', '1')}</t:Dictionary><t:XmlData>PGEvPg==</t:XmlData>`;
  t.match(await call(write('Create', content)), /NoError/);
  const whole = await call(get());
  t.match(whole, /<t:Type>Boolean<\/t:Type><t:Value>true</, 'a truth in the words of XML');
  t.match(whole, /<t:XmlData>PGEvPg==</);
  t.match(await call(write('Create', content)), /ErrorItemSave/, 'the name is taken');
  t.match(await call(get('drafts')), /ErrorItemNotFound/, 'it belongs to its folder');
  t.match(await call(write('Update', '<t:BinaryData>AAEC</t:BinaryData>')), /NoError/);
  const part = await call(get('inbox', 'BinaryData'));
  t.match(part, /<t:BinaryData>AAEC</);
  t.notMatch(part, /XmlData|Dictionary>/, 'only what was asked for');
  const remove = `<m:DeleteUserConfiguration>${name('inbox', 'Settings1', 'm')}</m:DeleteUserConfiguration>`;
  t.match(await call(remove), /NoError/);
  t.match(await call(remove), /ErrorItemNotFound/);
  t.match(await call(write('Update', '')), /ErrorItemNotFound/);
  t.match(await call(write('Create', '', 'not a name')), /ErrorInvalidValueForProperty/);
  keepForSchemas();
});
