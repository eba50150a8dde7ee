FROM python:3.12-slim
WORKDIR /app
COPY requirements.lock .
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN useradd --system dabiao && mkdir /data && chown dabiao /data
USER dabiao
EXPOSE 8000
