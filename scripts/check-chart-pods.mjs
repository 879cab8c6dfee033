// Every pod that the chart can make takes every setting of pods: once from `defaults`, once from its own section, which counts more.
// A pod that is not made by the one template fails here.
import { isDeepStrictEqual as same } from 'node:util';
import { podsOf, render, valuesAt } from './chart-render.mjs';

const SERVICES = ['api', 'accounts', 'agents', 'tools', 'transcripts', 'voiceGateway', 'web', 'simulator', 'pgbouncer'];
const OTHERS = ['postgres.internal', 'redis.internal', 'nats.internal', 'migrations', 'secrets.job', 'tests'];
/** Those that end by themselves take containers only from their own section. */
const ENDING = ['migrate', 'generate-secrets', 'test'];
const exporter = { exporter: { enabled: true } };
const INTERNAL = {
  pgbouncer: exporter,
  postgres: { internal: exporter },
  redis: { internal: exporter },
  nats: { internal: exporter },
};
const EXTERNAL = {
  postgres: { mode: 'external', external: { host: 'db' } },
  redis: { mode: 'external', external: { url: 'redis://redis:6379' } },
  nats: { mode: 'external', external: { url: 'nats://nats:4222' } },
  secrets: { generate: true },
};
const credentials = Object.fromEntries(
  ['owner', 'accounts', 'agents', 'tools', 'transcripts'].map((role) => [role, { existingSecret: 'db' }]),
);
EXTERNAL.postgres.credentials = credentials;

const problems = [];
for (const [stores, base] of Object.entries({ internal: INTERNAL, external: EXTERNAL })) {
  check(`${stores}, from defaults`, [base, { defaults: settings('all') }], 'all');
  const own = [...SERVICES, ...OTHERS].map((section) => valuesAt(section, settings('own')));
  check(`${stores}, from the pod's section`, [base, { defaults: settings('all') }, ...own], 'own');
  checkOpenShift(stores, base);
}
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}

/** A value for each setting that tells where it came from. */
function settings(from) {
  return {
    podLabels: { [`label-${from}`]: from, team: from },
    podAnnotations: { [`annotation-${from}`]: from },
    nodeSelector: { pool: from },
    tolerations: [{ key: from, operator: 'Exists' }],
    affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: from }] } },
    topologySpreadConstraints: [{ topologyKey: from, maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule' }],
    priorityClassName: `priority-${from}`,
    runtimeClassName: `runtime-${from}`,
    imagePullSecrets: [{ name: `pull-${from}` }],
    hostAliases: [{ ip: '10.0.0.1', hostnames: [from] }],
    dnsPolicy: from === 'own' ? 'None' : 'Default',
    dnsConfig: { nameservers: ['10.0.0.2'], searches: [from] },
    podSecurityContext: { supplementalGroups: [from === 'own' ? 2 : 1] },
    securityContext: { seLinuxOptions: { level: from } },
    serviceAccount: { create: true, annotations: { identity: from } },
    env: { ENV: from },
    extraEnv: [{ name: 'EXTRA_ENV', value: from }],
    extraEnvFrom: [{ configMapRef: { name: from } }],
    extraVolumes: [{ name: `volume-${from}`, emptyDir: {} }],
    extraVolumeMounts: [{ name: `volume-${from}`, mountPath: `/${from}` }],
    extraContainers: [{ name: `sidecar-${from}`, image: 'sidecar' }],
    extraInitContainers: [{ name: `init-${from}`, image: 'init' }],
  };
}

function check(what, values, from) {
  const { objects, error } = render({ global: { imagePullSecrets: [{ name: 'pull-global' }] } }, ...values);
  if (error) return problems.push(`${what}: ${error}`);
  const accounts = new Map(
    objects.filter(({ kind }) => kind === 'ServiceAccount').map((each) => [each.metadata.name, each]),
  );
  const pods = podsOf(objects);
  for (const pod of pods) {
    const wrong = (setting) => problems.push(`${what}: ${pod.name} lacks ${setting}`);
    for (const [setting, there] of Object.entries(presence(pod, settings(from), from, accounts)))
      if (!there) wrong(setting);
  }
  const expected = what.startsWith('internal') ? SERVICES.length + OTHERS.length : SERVICES.length + 3;
  if (pods.length !== expected) problems.push(`${what}: ${pods.length} pods, and ${expected} are known here`);
}

/** Whether a pod has each setting. */
function presence({ metadata, spec }, wanted, from, accounts) {
  const [main] = spec.containers;
  const ends = ENDING.includes(metadata.labels['app.kubernetes.io/component']);
  const named = (list, entry) => (list ?? []).some((each) => same(each, entry));
  const whole = [
    'nodeSelector',
    'tolerations',
    'affinity',
    'priorityClassName',
    'runtimeClassName',
    'hostAliases',
    'dnsPolicy',
    'dnsConfig',
  ];
  return {
    ...Object.fromEntries(whole.map((key) => [key, same(spec[key], wanted[key])])),
    podLabels: metadata.labels[`label-${from}`] === from && metadata.labels.team === from,
    podAnnotations: metadata.annotations[`annotation-${from}`] === from,
    topologySpreadConstraints: named(spec.topologySpreadConstraints, wanted.topologySpreadConstraints[0]),
    imagePullSecrets: same(spec.imagePullSecrets, [{ name: 'pull-global' }, { name: `pull-${from}` }]),
    podSecurityContext: same(spec.securityContext.supplementalGroups, wanted.podSecurityContext.supplementalGroups),
    'securityContext of every container': [...spec.containers, ...(spec.initContainers ?? [])].every(
      ({ securityContext }) =>
        securityContext.seLinuxOptions?.level === from && securityContext.readOnlyRootFilesystem === true,
    ),
    serviceAccount: accounts.get(spec.serviceAccountName)?.metadata.annotations?.identity === from,
    env: named(main.env, { name: 'ENV', value: from }),
    extraEnv: named(main.env, wanted.extraEnv[0]),
    extraEnvFrom: same(main.envFrom, wanted.extraEnvFrom),
    extraVolumes: named(spec.volumes, wanted.extraVolumes[0]),
    extraVolumeMounts: named(main.volumeMounts, wanted.extraVolumeMounts[0]),
    extraContainers: spec.containers.some(({ name }) => name === `sidecar-${from}`) !== (ends && from === 'all'),
    extraInitContainers: (spec.initContainers ?? []).some(({ name }) => name === `init-${from}`),
    'names that stand once': [main.env, spec.volumes, spec.containers].every(
      (list) => new Set(list.map(({ name }) => name)).size === list.length,
    ),
  };
}

/** There the platform gives uids and groups, and refuses a pod that names others. */
function checkOpenShift(stores, base) {
  const forced = { global: { compatibility: { openshift: { adaptSecurityContext: 'force' } } } };
  const { objects, error } = render(base, forced);
  if (error) return problems.push(`OpenShift: ${error}`);
  for (const { name, spec } of podsOf(objects)) {
    const contexts = [spec, ...spec.containers, ...(spec.initContainers ?? [])].map((each) => each.securityContext);
    const fixed = contexts.some((each) =>
      ['runAsUser', 'runAsGroup', 'fsGroup'].some((key) => each[key] !== undefined),
    );
    if (fixed) problems.push(`OpenShift, ${stores}: ${name} has a fixed user or group`);
    if (!spec.securityContext.runAsNonRoot) problems.push(`OpenShift, ${stores}: ${name} may run as root`);
  }
}
