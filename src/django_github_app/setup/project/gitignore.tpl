.env
.local/
.venv/
__pycache__/
*.egg-info/
build/
db.sqlite3*
staticfiles/
