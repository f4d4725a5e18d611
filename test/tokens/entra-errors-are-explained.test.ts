import t from 'tap';
import { entraError } from '../../src/simulator/entra/answers.ts';
import { explainedNumbers } from '../../src/tokens/aadsts.ts';
import { tokenEndpoint } from '../support/entra.ts';

t.test('each number has one sentence that names the registration and itself', async (t) => {
  let number = 0;
  const { fetch } = await tokenEndpoint(
    t,
    (response) =>
      void response
        .writeHead(400, { 'content-type': 'application/json' })
        .end(entraError('invalid_client', number, 'Whatever the text says.')),
  );
  const numbers = explainedNumbers();
  for (const known of [7000215, 7000222, 700016, 90002, 700027, 65001, 53003, 50034, 50076, 9002313])
    t.ok(numbers.includes(known), `${known} is known`);
  for (number of numbers) {
    await t.rejects(
      fetch(),
      { name: 'TokenError', aadsts: number, message: new RegExp(`'contoso'.*[:,;].* \\(AADSTS${number}\\)\\.$`) },
      String(number),
    );
  }
});

t.test('an unknown number is passed on with the page that explains it', async (t) => {
  const { fetch } = await tokenEndpoint(
    t,
    (response) => void response.writeHead(400).end(entraError('invalid_request', 1234567, 'Something new.')),
  );
  await t.rejects(fetch(), { code: 'TOKEN_REFUSED', message: /AADSTS1234567.*error\?code=1234567/ });
});

t.test('an answer without a number', async (t) => {
  const { fetch } = await tokenEndpoint(t, (response) => void response.writeHead(404).end('{"error":"not_found"}'));
  await t.rejects(fetch(), { code: 'TOKEN_REFUSED', message: /answers 404/ });
});
