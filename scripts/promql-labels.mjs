/**
 * Which labels the result of a PromQL query has, and what is wrong with the labels that it uses. Throws at wrong syntax.
 *
 * `metrics`: labels by metric name, as Map<string, Set<string>>. Returns {labels: Set<string>, selectors, problems: string[]};
 * `selectors` are what it reads: {names: string[], matchers: {label, op, value}[]}, `op` as in EqlSingle, EqlRegex, Neq, NeqRegex.
 */
import { parser } from '@prometheus-io/lezer-promql';

const strict = parser.configure({ strict: true });
/** Aggregations whose results are series of what went in. */
const CHOOSING = new Set(['topk', 'bottomk', 'limitk', 'limit_ratio']);
/** Nodes around an expression that change no label. */
const TRANSPARENT = new Set([
  'PromQL',
  'ParenExpr',
  'UnaryExpr',
  'OffsetExpr',
  'StepInvariantExpr',
  'MatrixSelector',
  'SubqueryExpr',
]);
/** Functions without labels. */
const SCALARS = new Set(['time', 'scalar', 'pi']);
const LITERALS = new Set(['NumberDurationLiteral', 'StringLiteral']);
const EXPRESSIONS = new Set([
  ...TRANSPARENT,
  ...LITERALS,
  'VectorSelector',
  'AggregateExpr',
  'BinaryExpr',
  'FunctionCall',
]);

export function readQuery(text, metrics) {
  const reading = new Reading(text, metrics);
  const labels = reading.labelsOf(strict.parse(text).topNode);
  return { labels, selectors: reading.selectors, problems: reading.problems };
}

class Reading {
  problems = [];
  selectors = [];

  constructor(text, metrics) {
    this.text = text;
    this.metrics = metrics;
  }

  labelsOf(node) {
    if (TRANSPARENT.has(node.name)) return this.labelsOf(this.expressions(node)[0]);
    if (LITERALS.has(node.name)) return new Set();
    if (node.name === 'VectorSelector') return this.ofSelector(node);
    if (node.name === 'AggregateExpr') return this.ofAggregate(node);
    if (node.name === 'BinaryExpr') return this.ofBinary(node);
    if (node.name === 'FunctionCall') return this.ofFunction(node);
    throw new Error(`${node.name} is new to this check: ${this.text}`);
  }

  ofSelector(node) {
    const used = this.matchers(node);
    const named = used.find(({ label }) => label === '__name__');
    const found = named
      ? [...this.metrics.keys()].filter((name) =>
          named.op === 'EqlRegex' ? matchesWhole(named.value, name) : name === named.value,
        )
      : [this.source(node.getChild('Identifier'))].filter((name) => this.metrics.has(name));
    if (found.length === 0) {
      this.problems.push(`no metric is called ${named?.value ?? this.source(node.getChild('Identifier'))}`);
      return new Set();
    }
    this.selectors.push({ names: found, matchers: used });
    const labels = found.map((name) => this.metrics.get(name)).reduce((all, each) => all.intersection(each));
    const about = named?.value ?? found[0];
    this.demand(
      used.map(({ label }) => label).filter((label) => label !== '__name__'),
      labels,
      about,
    );
    if (!used.some(({ label }) => label === 'namespace' || label === 'exported_namespace'))
      this.problems.push(`${about} is not limited to a namespace`);
    return new Set([...labels, ...(named?.op === 'EqlRegex' ? ['__name__'] : [])]);
  }

  ofAggregate(node) {
    const body = node.getChild('FunctionCallBody');
    const inner = this.labelsOf(this.expressions(body).at(-1));
    if (CHOOSING.has(this.source(node.getChild('AggregateOp')))) return inner;
    const modifier = node.getChild('AggregateModifier');
    if (!modifier) return new Set();
    const grouping = this.grouping(modifier);
    this.demand(grouping, inner, this.source(body));
    return modifier.getChild('By') ? new Set(grouping) : inner.difference(new Set(grouping));
  }

  ofBinary(node) {
    const [left, right] = this.expressions(node).map((each) => this.labelsOf(each));
    if (node.getChild('Or')) return left.intersection(right);
    const clause = node.getChild('MatchingModifierClause');
    const isSet = node.getChild('And') ?? node.getChild('Unless');
    const isConstant = this.expressions(node).some((each) => this.isScalar(each));
    if (!clause) {
      if (isConstant || isSet) return left.size > 0 ? left : right;
      if (left.symmetricDifference(right).size > 0)
        this.problems.push(
          `the two sides of ${this.source(node)} have different labels: ${[...left]} and ${[...right]}`,
        );
      return left;
    }
    const lists = clause.getChildren('GroupingLabels').map((list) => this.labelsIn(list));
    if (clause.getChild('On')) for (const side of [left, right]) this.demand(lists[0], side, this.source(node));
    if (isSet || clause.getChild('GroupLeft')) return left.union(new Set(lists[1] ?? []));
    if (clause.getChild('GroupRight')) return right.union(new Set(lists[1] ?? []));
    return clause.getChild('On') ? new Set(lists[0]) : left.difference(new Set(lists[0]));
  }

  ofFunction(node) {
    const name = this.source(node.getChild('FunctionIdentifier'));
    const args = this.expressions(node.getChild('FunctionCallBody'));
    const labels = args.map((each) => this.labelsOf(each)).reduce((all, each) => all.union(each), new Set());
    if (name === 'histogram_quantile') {
      this.demand(['le'], labels, this.source(node));
      labels.delete('le');
    }
    if (name === 'label_replace') labels.add(JSON.parse(this.source(args[1])));
    if (name === 'absent')
      return new Set(this.matchers(args[0]).flatMap(({ op, label }) => (op === 'EqlSingle' ? [label] : [])));
    return labels;
  }

  isScalar(node) {
    if (TRANSPARENT.has(node.name)) return this.isScalar(this.expressions(node)[0]);
    if (node.name === 'BinaryExpr') return this.expressions(node).every((each) => this.isScalar(each));
    return (
      LITERALS.has(node.name) ||
      (node.name === 'FunctionCall' && SCALARS.has(this.source(node.getChild('FunctionIdentifier'))))
    );
  }

  matchers(selector) {
    return (selector.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []).map((matcher) => ({
      label: this.source(matcher.getChild('LabelName')),
      op: matcher.getChild('MatchOp').firstChild.name,
      value: JSON.parse(this.source(matcher.getChild('StringLiteral'))),
    }));
  }

  expressions(node) {
    const found = [];
    for (let child = node.firstChild; child; child = child.nextSibling) {
      if (EXPRESSIONS.has(child.name)) found.push(child);
    }
    return found;
  }

  grouping(node) {
    return this.labelsIn(node.getChild('GroupingLabels'));
  }

  labelsIn(list) {
    return list.getChildren('LabelName').map((label) => this.source(label));
  }

  demand(wanted, labels, about) {
    const missing = wanted.filter((label) => !labels.has(label));
    if (missing.length > 0) this.problems.push(`${about} has no label ${missing.join(', ')}`);
  }

  source(node) {
    return this.text.slice(node.from, node.to);
  }
}

function matchesWhole(pattern, text) {
  return new RegExp(`^(?:${pattern})$`).test(text);
}
