# One image per service of services/:   docker build --build-arg SERVICE=api -t orbisvoice-api .
# Everything before the last stage is the same for all of them, so it is built once. See docs/images.md.
ARG NODE_IMAGE=docker.io/library/node:24-trixie-slim

# Only what npm reads: other changes leave the installed packages as they are.
FROM ${NODE_IMAGE} AS manifests
WORKDIR /src
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json -delete && find . -type d -empty -delete

FROM ${NODE_IMAGE} AS build
WORKDIR /src
COPY --from=manifests /src ./
# npm scripts bring their own Node; here is one already.
RUN --mount=type=cache,target=/root/.npm npm ci && rm -rf node_modules/node node_modules/.bin/node
COPY . .
RUN npx nx run-many -t build -p @orbisvoice/standalone --outputStyle=static

FROM build AS assembled
ARG SERVICE
RUN node deploy/images/assemble.mjs "${SERVICE}" /app

# What all images have is above what they don't: it is made once.
FROM ${NODE_IMAGE}
WORKDIR /app
# By default V8 lets its young generation grow to 96 MB, which buys nothing here.
ENV NODE_ENV=production NODE_OPTIONS=--max-semi-space-size=16 HOME=/tmp NPM_CONFIG_UPDATE_NOTIFIER=false NPM_CONFIG_CACHE=/tmp/.npm
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["node", "/app/health.mjs"]
CMD ["node", "/app/main.mjs"]
ARG SERVICE
# Owned by root and never written: the service's only folders to write are those that are mounted.
COPY --from=assembled /app /app
RUN if [ "${SERVICE}" = standalone ]; then install -d -o 1000 -g 1000 /data; fi
USER 1000:1000

ARG SOURCE
ARG REVISION
ARG VERSION
LABEL org.opencontainers.image.title="orbisvoice-${SERVICE}" \
  org.opencontainers.image.description="The ${SERVICE} service of OrbisVoice" \
  org.opencontainers.image.source="${SOURCE}" \
  org.opencontainers.image.revision="${REVISION}" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.licenses="Apache-2.0"
