.env
.git
.local
.venv
db.sqlite3*
