# docker build -t docglean .
# The command line, the flows and Prefect in one image; compose.yaml runs it in four roles.
FROM python:3.12-slim-bookworm AS build
RUN python -m venv /venv
WORKDIR /source
COPY . .
RUN --mount=type=cache,target=/root/.cache/pip \
    /venv/bin/pip install --no-compile --constraint requirements/constraints.txt "setuptools>=80,<90" \
    && /venv/bin/pip install --no-compile --constraint requirements/constraints.txt \
        --no-build-isolation ".[speech,postgres,s3,dask,parquet,telemetry,bedrock,vertex,azure]"

FROM python:3.12-slim-bookworm
# OpenCV, which finds tables, is linked against these.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgl1 libglib2.0-0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home docglean \
    && install --directory --owner docglean /app/inbox /app/out
COPY --from=build /venv /venv
WORKDIR /app
COPY prefect.yaml ./
# prefect.yaml asks for PWD, which only a shell would set.
ENV PATH=/venv/bin:$PATH \
    PWD=/app \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DO_NOT_TRACK=1 \
    ORT_DISABLE_TELEMETRY=1 \
    PREFECT_SERVER_ANALYTICS_ENABLED=false
USER 10001
ENTRYPOINT ["docglean"]
CMD ["--help"]
