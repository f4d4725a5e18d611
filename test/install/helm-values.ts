/**
 * The few constructs of Go templates that the chart uses, so that it can be rendered where there is no Helm: values,
 * `default`, `toJson`, `if` and `if ne`. Any other is an error.
 *
 * @see https://helm.sh/docs/chart_template_guide/
 */
export interface ChartValues {
  readonly Values: object;
  readonly Release: object;
  readonly Chart: object;
}

export function renderTemplate(text: string, values: ChartValues): string {
  const parts = text.split(/(\{\{-? .*? -?\}\})/);
  const shown: boolean[] = [];
  let result = '';
  for (const part of parts) {
    const action = /^\{\{(-?) (.*?) -?\}\}$/.exec(part);
    if (action === null) {
      if (!shown.includes(false)) result += part;
      continue;
    }
    const [, trims, what = ''] = action;
    if (trims === '-') result = result.trimEnd();
    const condition = /^if (.*)$/.exec(what)?.[1];
    if (condition !== undefined) shown.push(isTrue(condition, values));
    else if (what === 'end') {
      if (shown.pop() === undefined) throw new Error('an end without its if');
    } else if (!shown.includes(false)) result += evaluate(what, values);
  }
  if (shown.length > 0) throw new Error('an if without its end');
  return result;
}

function isTrue(condition: string, values: ChartValues): boolean {
  const [, path = '', other] = /^ne (\S+) "([^"]*)"$/.exec(condition) ?? [];
  return other === undefined ? lookUp(condition, values) === true : lookUp(path, values) !== other;
}

function evaluate(expression: string, values: ChartValues): string {
  const [path = '', filter] = expression.split(' | ');
  const value = lookUp(path, values);
  if (filter === 'toJson') return JSON.stringify(value);
  const fallback = /^default (\S+)$/.exec(filter ?? '')?.[1];
  if (filter !== undefined && fallback === undefined) throw new Error(`the chart uses ${filter}`);
  return String(value === '' && fallback !== undefined ? lookUp(fallback, values) : value);
}

function lookUp(path: string, values: ChartValues): unknown {
  if (!/^(?:\.\w+)+$/.test(path)) throw new Error(`the chart uses ${path}`);
  let value: unknown = values;
  for (const name of path.slice(1).split('.')) value = (value as Readonly<Record<string, unknown>> | undefined)?.[name];
  if (value === undefined) throw new Error(`there is no value ${path}`);
  return value;
}
