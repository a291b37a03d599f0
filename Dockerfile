# syntax=docker/dockerfile:1
# Engram Assistant as a service. Two stages: the compiler stays behind; what runs has Node, git and bubblewrap, and no root.
#   docker build -t engram-assistant .          (podman build --format docker …: without it Podman leaves the health check out)
#   docker run -d -p 127.0.0.1:3000:3000 -v "$PWD/data:/data" -u "$(id -u):$(id -g)" engram-assistant
# with data/app.env and the key as `assistant setup` writes them (compose.yaml says how).

FROM node:22-bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends g++ make python3
WORKDIR /app
COPY package.json package-lock.json setup.mjs tsconfig.json tsconfig.build.json ./
COPY native native
COPY src src
RUN node setup.mjs
# The compiler of TypeScript is a peer of node-llama-cpp, for its types alone.
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund && rm -rf node_modules/typescript node_modules/@typescript

FROM node:22-bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends git bubblewrap ca-certificates tini && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/native/gpu-stub native/gpu-stub
COPY --from=build /app/native/build/Release/engram_kernel.node native/build/Release/engram_kernel.node
COPY --from=build /app/dist dist
COPY app.yml LICENSE ./
# Everything that is kept. Owned by the user that runs, so that a new volume is, too.
RUN mkdir -p /data && chown node:node /data
ENV NODE_ENV=production ASSISTANT_HOME=/data HOST=0.0.0.0 PORT=3000
USER node
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# tini reaps what git and the sandbox leave behind, and hands SIGTERM on: running jobs end first.
ENTRYPOINT ["tini", "--", "node", "/app/dist/launch.cjs"]
CMD ["serve"]
