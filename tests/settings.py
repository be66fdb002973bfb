"""Settings of the test run: the portal's own, with nothing from a developer's `.env`."""

import os
import tempfile

os.environ |= {
    "ENV_FILE": "",
    "SECRET_KEY": "only-for-tests",
    "PORTAL_LOCAL": "1",
    "DEBUG": "0",
}
os.environ.setdefault("DATABASE_URL", "sqlite://:memory:")

from mptf_portal.settings import *  # noqa: F403
from mptf_portal.settings import DATABASES

if "sqlite" in DATABASES["default"]["ENGINE"]:
    # A file, because `default` and `read` are two connections, and in memory a reader and a writer
    # lock each other as they never do in a file. Django removes it after the run.
    file = f"{tempfile.gettempdir()}/mptf-portal-{os.getpid()}.sqlite3"
    DATABASES["default"]["TEST"] = {"NAME": file}
for _database in DATABASES.values():
    _database["CONN_MAX_AGE"] = 0  # a thread of the live server keeps nothing between requests
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the real one takes 0.2 s
