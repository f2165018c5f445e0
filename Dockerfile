# The agent's image: Debian's libraries, Node, tini, the agent and the packages it needs at run time.
#
#     docker build -t msa .
#
# Steps that need the network do nothing where what they would fetch is there already, so the lab builds this same file
# in a network that leads nowhere: its build context also holds the packages, as a tar that ADD unpacks.

FROM node:24-bookworm-slim AS packages
WORKDIR /msa
ADD package.json package-lock.json node_modules.ta[r] ./
RUN [ -d node_modules ] || npm ci --omit=dev --ignore-scripts
# Nothing reads these at run time.
RUN find node_modules -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' -o -iname '*.md' \) -delete

FROM node:24-bookworm-slim
RUN command -v tini || (apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/*)
ENV NODE_ENV=production
EXPOSE 7070 7071
# Bash asks for a fiftieth of what another Node would cost each time. A task of a Swarm stays `starting` until the first success.
# Bash speaks no TLS: where that is spoken (MSA_TLS_FRONT), an agent that lives hangs up at once, and a stuck one does not.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["bash", "-c", \
  "exec 3<>/dev/tcp/127.0.0.1/${MSA_PORT:-7070} && printf 'GET /live HTTP/1.0\\r\\n\\r\\n' >&3 && { read -rt 2 status <&3; ended=$?; [[ $status == *' 200 '* || ($MSA_TLS_FRONT == true && $ended -lt 128) ]]; }"]
# Started as root, the agent takes the group of Docker's socket and becomes a plain user by itself; `user:` works as well.
ENTRYPOINT ["tini", "--", "node", "--max-semi-space-size=8", "--max-old-space-size=256", "/msa/agent/cli.ts"]
CMD ["agent"]
COPY --from=packages /msa/node_modules /msa/node_modules
COPY package.json /msa/
COPY rules /msa/rules
COPY agent /msa/agent
# Half of a start is compiling: done here once, and read from then on, also where the file system is read-only.
ENV NODE_COMPILE_CACHE=/msa/compiled
RUN node /msa/agent/cli.ts --help > /dev/null && node --eval "import('/msa/agent/main.ts').then(() => require('node:module').flushCompileCache())"
