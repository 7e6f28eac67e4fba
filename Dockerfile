# One image for every part of Trainyard; compose.yaml says which part a container is.
#   docker build -t trainyard .                      for machines without a GPU
#   docker build -t trainyard --build-arg GPU=1 .    for NVIDIA GPUs (CUDA comes as Python packages)
FROM python:3.11-slim

ARG GPU=0
ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

WORKDIR /app
COPY requirements.txt .
RUN pip install -r requirements.txt \
    && if [ "$GPU" = "1" ]; then pip install "tensorflow[and-cuda]==2.21.0"; fi

RUN useradd --create-home --uid 1000 trainyard && mkdir /data && chown trainyard /data
COPY manage.py ./
COPY webapp webapp
COPY trainer trainer
COPY templates templates
COPY static static
RUN TRAINYARD_DATA=/tmp/scratch python manage.py catalogs compile && rm -r /tmp/scratch

USER trainyard
ENV TRAINYARD_DATA=/data HOST=0.0.0.0 PORT=8000
VOLUME /data
EXPOSE 8000

# Without another command a container is a whole Trainyard, as after `make run`.
CMD ["python", "manage.py", "up"]
