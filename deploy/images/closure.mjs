// Which packages a workspace needs at run time, by the lockfile: the same rule as npm's, without another installation.

/**
 * `packages`: the lockfile's object of that name. `roots`: workspaces by their folder, such as "services/api".
 * Returns folders relative to the repository ("node_modules/pg", "libs/service-kit") with their entries, sorted.
 * `isInstalled(folder)` tells optional packages of other platforms from those that are there.
 * @throws Error when something that is needed is not in the lockfile or not installed
 */
export function productionClosure(packages, roots, isInstalled) {
  const found = new Map();
  const visit = (folder) => {
    if (found.has(folder)) return;
    const entry = packages[folder];
    if (entry === undefined) throw new Error(`${folder} is not in package-lock.json.`);
    const dependencies = neededBy(entry, folder, packages, isInstalled);
    found.set(folder, { entry, dependencies });
    for (const dependency of dependencies) visit(dependency);
  };
  for (const root of roots) visit(root);
  return new Map([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Folders of the packages that `entry` needs: dependencies, peers that it can't do without, and optional ones that are there. */
function neededBy(entry, folder, packages, isInstalled) {
  const optionalPeers = entry.peerDependenciesMeta ?? {};
  const peers = Object.keys(entry.peerDependencies ?? {}).filter((name) => !optionalPeers[name]?.optional);
  const required = [...Object.keys(entry.dependencies ?? {}), ...peers];
  const optional = Object.keys(entry.optionalDependencies ?? {});
  const folders = required.map((name) => {
    const resolved = resolve(name, folder, packages);
    if (resolved === undefined || !isInstalled(resolved))
      throw new Error(`${folder} needs ${name}: it is not installed.`);
    return resolved;
  });
  for (const name of optional) {
    const resolved = resolve(name, folder, packages);
    if (resolved !== undefined && isInstalled(resolved)) folders.push(resolved);
  }
  return folders;
}

/** Node's way: node_modules of the folder itself, then of each folder above. A link stands for the workspace behind it. */
function resolve(name, from, packages) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
    const candidate = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    const entry = packages[candidate];
    if (entry?.link) return entry.resolved;
    if (entry !== undefined) return candidate;
    if (folder === '') return undefined;
  }
}

/** "node_modules/a/node_modules/@b/c" -> "@b/c"; a workspace has its name in its entry. */
export function packageName(folder, entry) {
  return entry.name ?? folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
}
