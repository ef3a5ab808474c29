# syntax=docker/dockerfile:1
# One image for every role; compose.yaml and deploy/k8s name the command of each. It needs no disk but /tmp and
# /var/lib/wiki-activity, which may be memory, so its root may be read-only. No secret is in any layer.

# uPlot, which no commit carries: by the lock, as `make setup` does it.
FROM node:22-bookworm-slim AS charts
WORKDIR /charts
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

# The Debian and the Python that the tests run on.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
# The whole lock, every file of it checked. What the program does not need, such as the tests' tools, stays in this stage.
COPY requirements-dev.txt ./
RUN pip download --quiet --no-deps --only-binary :all: --require-hashes --requirement requirements-dev.txt --dest /wheels
COPY pyproject.toml README.md LICENSE ./
COPY wiki_activity wiki_activity
COPY --from=charts /charts/node_modules/uplot/LICENSE /charts/node_modules/uplot/dist/uPlot.min.css \
     /charts/node_modules/uplot/dist/uPlot.iife.min.js wiki_activity/explorer/static/vendor/uplot/
# From here on nothing is asked of an index: what is not in the lock is not in the image.
RUN pip wheel --quiet --no-index --find-links /wheels --no-deps --wheel-dir /own . \
 && python -m venv /opt/wiki-activity \
 && /opt/wiki-activity/bin/pip install --quiet --no-index --find-links /wheels --find-links /own \
    'wiki-activity[mysql,postgres,k8s]' \
 && /opt/wiki-activity/bin/pip uninstall --quiet --yes pip setuptools

FROM python:3.11-slim-bookworm
# Pictures are painted with the letters of all wikis.
RUN apt-get update -qq \
 && apt-get install -qq --yes --no-install-recommends fonts-noto-core fonts-noto-cjk >/dev/null \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --user-group --no-create-home --home-dir /tmp --shell /usr/sbin/nologin wiki-activity \
 && install --directory --owner 10001 --group 10001 /var/lib/wiki-activity /opt/dagster
COPY --from=build /opt/wiki-activity /opt/wiki-activity
ENV PATH=/opt/wiki-activity/bin:$PATH \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONSAFEPATH=1 \
    PYTHONUNBUFFERED=1 \
    WIKI_ACTIVITY_STATE_DIR=/var/lib/wiki-activity
USER 10001:10001
WORKDIR /var/lib/wiki-activity
EXPOSE 5000
# Of the explorer, which is what it runs unless another command is named; compose.yaml has that of each role.
HEALTHCHECK --interval=60s --timeout=15s --start-period=60s --retries=3 CMD ["wiki-activity", "health", "explore"]
CMD ["wiki-activity", "explore"]
