"""The door for a WSGI server; it stays shut for a site that is not safe to start."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sigma_site.settings")
application = get_wsgi_application()

from sigma_site.checks import require_safe_start  # noqa: E402 # Django is set up now

require_safe_start()
