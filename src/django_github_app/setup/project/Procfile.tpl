release: exec python manage.py migrate --noinput
web: exec granian --interface {{ interface }} --http 1 --host ${HOST:-0.0.0.0} --port ${PORT:-8000} {{ application }}
worker: exec env REMAP_SIGTERM=SIGQUIT python manage.py github worker {{ kind }}
beat: exec python manage.py github beat
