"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mptf_portal.settings")
django = get_wsgi_application()

from mptf_portal.live import KeptPages  # noqa: E402 (the apps are ready only now)

application = KeptPages(django)
