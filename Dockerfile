# syntax=docker/dockerfile:1
# Two servers, one content. `--target cpu` (the default): a slim Python with the tritonserver of the
# nvidia-pytriton wheel, the very one that the test suite runs, without the gigabytes of CUDA in
# NVIDIA's container. Its Triton is 24.10: it listens on loopback only, behind vislex's own gateway.
# `--target gpu`: NVIDIA's container, with the C++ backends.
# `--target loadtest`: Locust. See docs/kubernetes.md.
#
# Bases are pinned by digest, and there is no default that could grow stale: look it up with
# `docker buildx imagetools inspect IMAGE --format '{{.Manifest.Digest}}'` and hand it in,
#   docker build --build-arg PYTHON_DIGEST=sha256:... --build-arg TRITON_DIGEST=sha256:... .
ARG PYTHON_IMAGE=docker.io/library/python:3.11-slim-bookworm
ARG PYTHON_DIGEST
# Python 3.12, so the lock's wheels exist for it. TensorRT plans must be built in this release.
ARG TRITON_IMAGE=nvcr.io/nvidia/tritonserver:25.10-py3
ARG TRITON_DIGEST

# ---- the encoder; `--build-context encoder=FOLDER` puts another, as `export siglip2` writes it ----
FROM scratch AS encoder
COPY samples/encoder/onnx /

# ---- the project's wheels, and what `export repository` writes ------------------------------
FROM ${PYTHON_IMAGE}@${PYTHON_DIGEST} AS build
WORKDIR /src
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements requirements
RUN pip install --no-deps -r requirements/server.txt
# More packages of the development lock: `openvino openvino-telemetry` for that platform.
ARG PACKAGES=""
# hadolint ignore=SC2086 # each is a word of its own
RUN sed -E '/--hash/d; s/ *\\$//' requirements/dev.txt > /versions.txt \
 && if [ -n "${PACKAGES}" ]; then pip install --no-deps --constraint /versions.txt ${PACKAGES}; fi
COPY pyproject.toml README.md LICENSE ./
COPY client client
COPY vislex vislex
COPY index_builder index_builder
COPY export export
COPY loadtest loadtest
COPY model_repository model_repository
COPY samples samples
RUN pip install --no-deps --no-build-isolation ./client . \
 && pip wheel --no-deps --no-build-isolation --wheel-dir /wheels ./client .
# More of the writer's options: `--cores` as many as the pod's CPU request, `--device gpu`.
ARG REPOSITORY_OPTIONS="--cores 2"
# hadolint ignore=SC2086 # the options are words of their own
RUN --mount=type=bind,from=encoder,target=/encoder \
    python -m export repository --out /models --encoder /encoder ${REPOSITORY_OPTIONS}

# ---- what both servers share -----------------------------------------------------------------
FROM scratch AS content
COPY --from=build /models /opt/vislex/models

# ---- CPU ---------------------------------------------------------------------------------------
FROM ${PYTHON_IMAGE}@${PYTHON_DIGEST} AS cpu-environment
WORKDIR /src
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements requirements
COPY --from=build /versions.txt /versions.txt
ARG PACKAGES=""
# hadolint ignore=SC2086 # each is a word of its own
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    python -m venv --without-pip /opt/vislex/venv \
 && pip --python /opt/vislex/venv/bin/python install --no-deps -r requirements/server.txt \
 && pip --python /opt/vislex/venv/bin/python install --no-deps /wheels/*.whl \
 && if [ -n "${PACKAGES}" ]; then \
      pip --python /opt/vislex/venv/bin/python install --no-deps --constraint /versions.txt ${PACKAGES}; \
    fi \
 # What only `export` needs stays behind.
 && pip --python /opt/vislex/venv/bin/python uninstall --yes onnx rapidocr-onnxruntime setuptools \
 # The wheel is unpacked without this bit, and later nobody may write here.
 && chmod 0755 /opt/vislex/venv/lib/python3.11/site-packages/pytriton/tritonserver/bin/tritonserver

# ---- GPU ---------------------------------------------------------------------------------------
FROM ${TRITON_IMAGE}@${TRITON_DIGEST} AS gpu
USER 0
COPY requirements /tmp/requirements
# The binaries of compilers go, and the build fails where one is left.
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    python3 -m venv --without-pip /opt/vislex/venv \
 && pip --python /opt/vislex/venv/bin/python install --no-cache-dir --no-deps \
      -r /tmp/requirements/server.txt \
 && pip --python /opt/vislex/venv/bin/python install --no-cache-dir --no-deps /wheels/*.whl \
 # The container has a server of its own.
 && pip --python /opt/vislex/venv/bin/python uninstall --yes \
      onnx rapidocr-onnxruntime setuptools nvidia-pytriton \
 && rm -r /tmp/requirements \
 && find /usr/bin /usr/local/bin /usr/local/cuda/bin -follow \
      -regex '.*/\(x86_64-linux-gnu-\)?\(cc\|gcc\|c\+\+\|g\+\+\|cpp\|c89\|c99\|clang\|nvcc\|make\|ld\|as\)\(-[0-9.]+\)?' -delete \
 && for tool in cc gcc c++ g++ clang nvcc make; do \
      if command -v "${tool}"; then exit 1; fi; \
    done
COPY --from=content /opt/vislex/models /opt/vislex/models
ENV PATH=/opt/vislex/venv/bin:${PATH} \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /opt/vislex
USER 10001:10001
EXPOSE 8000 8001 8002
ENTRYPOINT ["python", "-m", "vislex", "serve"]
CMD ["--help"]

# ---- load test ---------------------------------------------------------------------------------
FROM ${PYTHON_IMAGE}@${PYTHON_DIGEST} AS loadtest
WORKDIR /opt/vislex
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# The lock says which versions; its hashes would be asked of our own wheel as well.
RUN --mount=type=bind,from=build,source=/,target=/build \
    pip install --constraint /build/versions.txt locust /build/wheels/vislex_client-*.whl
COPY loadtest /opt/vislex/loadtest
COPY samples/queries /opt/vislex/queries
ENV HOME=/tmp PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PYTHONPATH=/opt/vislex
USER 10001:10001
ENTRYPOINT ["locust"]

# ---- the default -------------------------------------------------------------------------------
FROM ${PYTHON_IMAGE}@${PYTHON_DIGEST} AS cpu
COPY --from=cpu-environment /opt/vislex/venv /opt/vislex/venv
COPY --from=content /opt/vislex/models /opt/vislex/models
ENV PATH=/opt/vislex/venv/bin:${PATH} \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /opt/vislex
USER 10001:10001
EXPOSE 8000 8001 8002
ENTRYPOINT ["python", "-m", "vislex", "serve"]
CMD ["--help"]
