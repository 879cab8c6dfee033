// The software bill of materials of an image's npm packages, CycloneDX 1.6, from the lockfile alone.
import { packageName } from './closure.mjs';

/** `closure` as `productionClosure` returns it; `service` is the image's own component. */
export function billOfMaterials({ service, version, closure }) {
  const root = {
    type: 'application',
    'bom-ref': `orbisvoice-${service}@${version}`,
    name: `orbisvoice-${service}`,
    version,
  };
  const references = new Map([...closure].map(([folder, { entry }]) => [folder, `${purl(folder, entry)}#${folder}`]));
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: root },
    components: [...closure].map(([folder, { entry }]) => component(folder, entry, references.get(folder))),
    dependencies: [
      { ref: root['bom-ref'], dependsOn: [...references.values()] },
      ...[...closure].map(([folder, { dependencies }]) => ({
        ref: references.get(folder),
        dependsOn: [...new Set(dependencies.map((dependency) => references.get(dependency)))],
      })),
    ],
  };
}

function component(folder, entry, reference) {
  const [, scope, name] = /^(?:(@[^/]+)\/)?(.+)$/.exec(packageName(folder, entry));
  return {
    type: 'library',
    'bom-ref': reference,
    ...(scope ? { group: scope } : {}),
    name,
    version: entry.version,
    purl: purl(folder, entry),
    ...(entry.license ? { licenses: [license(entry.license)] } : {}),
    ...(entry.integrity ? { hashes: hashes(entry.integrity) } : {}),
  };
}

/** "(MIT OR Apache-2.0)" and "SEE LICENSE IN x" are no SPDX ids. */
function license(text) {
  if (/ (OR|AND|WITH) /.test(text)) return { expression: text };
  return { license: /^[A-Za-z0-9.+-]+$/.test(text) ? { id: text } : { name: text } };
}

function purl(folder, entry) {
  return `pkg:npm/${packageName(folder, entry).replace('@', '%40')}@${entry.version}`;
}

/** "sha512-<base64> ..." as npm writes it. */
function hashes(integrity) {
  return integrity.split(' ').map((each) => {
    const [algorithm, digest] = each.split(/-(.*)/s);
    return {
      alg: algorithm.toUpperCase().replace('SHA', 'SHA-'),
      content: Buffer.from(digest, 'base64').toString('hex'),
    };
  });
}
