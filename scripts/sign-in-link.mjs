// `npm run sign-in-link`: another link of the OrbisVoice that `npm start` runs. What runs has been built.
const { printSignInLink } = await import('@orbisvoice/standalone/sign-in-link').catch((error) => {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  process.stderr.write(
    'There is no link.\n  OrbisVoice has not been built: run `npm start`, which ends with a link.\n',
  );
  process.exit(1);
});
await printSignInLink(process.env);
