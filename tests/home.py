"""A home of its own for the tests; import this before anything of Django.

A test never sees the SIGMA_HOME, packs or secret key of the person who runs it.
`DATABASE_URL` alone is kept, so that the same tests run on PostgreSQL. A process that
a test starts inherits all of it.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import django
from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent
HOME = Path(tempfile.mkdtemp(prefix="sigma-tests-"))
PACKS = HOME / "packs"

atexit.register(shutil.rmtree, HOME, ignore_errors=True)
(HOME / "static").mkdir()
shutil.copytree(ROOT / "packs", PACKS)

for name in ("SECRET_KEY", "DEBUG", "SIGMA_DATASET", "SIGMA_HTTPS"):
    os.environ.pop(name, None)
os.environ |= {
    "SIGMA_HOME": str(HOME),
    "SIGMA_PACKS": str(PACKS),
    # compiled once for all: the folder is keyed by the sources it was compiled from
    "SIGMA_KERNELS": str(ROOT / "var" / "kernels"),
    "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1],testserver",
    "DJANGO_SETTINGS_MODULE": "sigma_site.settings",
}
if settings.configured:  # a parallel worker has read the home of the process it is of
    settings.SIGMA_HOME, settings.SIGMA_PACKS = HOME, PACKS
    settings.STATIC_ROOT = HOME / "static"
    settings.FILE_UPLOAD_TEMP_DIR = HOME / "uploads"
    settings.FILE_UPLOAD_TEMP_DIR.mkdir()
django.setup()
