# The program in a container: see docs/container.md.
FROM python:3.13-slim

# Whose files the downloads are; compose.yaml may name another at any time.
ARG UID=1000
RUN useradd --uid "$UID" --create-home onedrive \
    && mkdir /home/onedrive/state /downloads \
    && chown onedrive /home/onedrive/state /downloads

WORKDIR /app
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN python -m compileall -q .

USER onedrive
ENV HOME=/home/onedrive ONEDRIVE_HOME=/home/onedrive/state ONEDRIVE_DOWNLOADS=/downloads PYTHONUNBUFFERED=1
VOLUME ["/home/onedrive/state", "/downloads"]
HEALTHCHECK --interval=5m --start-period=1m CMD ["python", "tools/container/healthy.py"]
ENTRYPOINT ["sh", "tools/container/run.sh"]
CMD ["--every", "6h", "3", "4"]
