# One image for every process of the Procfile: `docker run IMAGE worker`.
FROM python:3.13-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --uid 10001 --no-create-home app
WORKDIR /app
COPY . .
RUN pip install --no-cache-dir . && SECRET_KEY=build python manage.py collectstatic --noinput
USER 10001
EXPOSE 8000
# The argument is the name of a process.
ENTRYPOINT ["sh", "-c", "eval \"$(sed -n \"s/^$0: //p\" Procfile)\""]
CMD ["web"]
