"""Settings of the test run: the portal's own, with nothing from a developer's `.env`."""

import os
import tempfile

os.environ |= {
    "ENV_FILE": "",
    "SECRET_KEY": "only-for-tests",
    "PORTAL_LOCAL": "1",
    "DEBUG": "0",
}
# A file, because `default` and `read` are two connections, and in memory a reader and a writer lock
# each other as they never do in a file; and because the live server would hand one connection in
# memory to all its threads. Django makes it for the run, and removes it.
FILE = f"{tempfile.gettempdir()}/mptf-portal-{os.getpid()}.sqlite3"
os.environ.setdefault("DATABASE_URL", f"sqlite:///{FILE}")

from mptf_portal.settings import *  # noqa: E402, F403
from mptf_portal.settings import DATABASES  # noqa: E402

if "sqlite" in DATABASES["default"]["ENGINE"]:
    DATABASES["default"]["TEST"] = {"NAME": FILE}
WHITENOISE_USE_FINDERS = False  # each client would look up all files of each app
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the real one takes 0.2 s
