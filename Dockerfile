# Starts what the demo starts: gunicorn with config/gunicorn.py. Not built where it was written, for want of Docker.
FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY requirements/production.txt .
RUN /opt/venv/bin/pip install --no-deps --require-hashes -r production.txt

FROM python:3.11-slim
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 STATIC_ROOT=/srv/static SPOOL_DIR=/var/spool/vitrina
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin vitrina \
    && install -d -m 0700 -o vitrina "$SPOOL_DIR"
WORKDIR /srv/vitrina
COPY --from=build /opt/venv /opt/venv
COPY manage.py ./
COPY config config
COPY entrance entrance
COPY offers offers
COPY integrations integrations
COPY templates templates
COPY locale locale
COPY locale_unfold locale_unfold
# Static files depend on no secret, but settings refuse to be read without them: these end with this line.
RUN key="1:$(head -c 32 /dev/zero | base64)" \
    && SECRET_KEY=of-the-build PHONE_KEY="$key" MASTER_KEY="$key" REF_KEY="$key" DATABASE_URL=postgresql://nowhere/none \
    python manage.py collectstatic --no-input

USER vitrina
VOLUME /var/spool/vitrina
EXPOSE 8000
# By a name that is allowed, as a proxy would ask.
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s \
    CMD ["python", "-c", "import os, urllib.request as r; e = os.environ; r.urlopen(r.Request(f'http://127.0.0.1:{e.get(\"PORT\", 8000)}/livez', headers={'Host': e['ALLOWED_HOSTS'].split(',')[0].lstrip('.')}), timeout=2)"]
# Migrations are a step of their own, before: python manage.py migrate
CMD ["gunicorn", "-c", "config/gunicorn.py"]
