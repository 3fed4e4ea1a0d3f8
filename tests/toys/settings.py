"""The product's settings, and the toy job."""

from sigma_site.settings import *  # noqa: F403
from sigma_site.settings import INSTALLED_APPS as PRODUCT_APPS

INSTALLED_APPS = [*PRODUCT_APPS, "tests.toys.ToysConfig"]
