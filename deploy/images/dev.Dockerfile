# A service with what was built on this machine, for Skaffold and Tilt: they copy changed files into /app, and Node starts again.
ARG NODE_IMAGE=docker.io/library/node:24-trixie-slim

FROM ${NODE_IMAGE} AS manifests
WORKDIR /src
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json -delete && find . -type d -empty -delete

FROM ${NODE_IMAGE} AS assembled
WORKDIR /src
COPY --from=manifests /src ./
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts
COPY . .
ARG SERVICE
RUN node deploy/images/assemble.mjs "${SERVICE}" /app

FROM ${NODE_IMAGE}
COPY --from=assembled --chown=1000:1000 /app /app
WORKDIR /app
ENV NODE_ENV=development HOME=/tmp
USER 1000:1000
CMD ["node", "--watch-path=/app/services", "--watch-path=/app/libs", "--watch-path=/app/proto", "/app/main.mjs"]
