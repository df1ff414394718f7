# One image for the API, the worker and the migration; the command chooses. Built from the runtime's lock file with hashes:
# no Temporal CLI, no simulator, no test is in it. Runs as nobody in particular, writes nothing but the state directory.
# tests/architecture/test_image.py builds the same tree without a container engine and places an order in it.

FROM python:3.11-slim-bookworm AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
RUN python -m venv /opt/ordermill
COPY requirements.lock .
RUN /opt/ordermill/bin/pip install --quiet --require-hashes --no-deps -r requirements.lock

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin ordermill \
    && install -d -o ordermill -g ordermill -m 0700 /var/lib/ordermill
COPY --from=packages /opt/ordermill /opt/ordermill
WORKDIR /app
# Which files that are is .dockerignore's to say: it lists what may come in, and nothing else does.
COPY . .
ENV PATH=/opt/ordermill/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ORDERMILL_DATA_DIR=/var/lib/ordermill \
    ORDERMILL_API_HOST=0.0.0.0 \
    ORDERMILL_LOG_JSON=true
# Compiled here, because the user below may not write beside the sources: without it every start compiles them anew.
RUN python -m compileall -q .
USER 10001
VOLUME /var/lib/ordermill
EXPOSE 8000
ENTRYPOINT ["python", "-m", "ordermill"]
CMD ["api"]
# The API's own; the worker overrides it (docker-compose.yml).
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=6 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ.get('ORDERMILL_API_PORT', '8000')}/health/live\", timeout=4)"]
