"""All addresses of the API. What each app brings is in its own `api_urls.py`."""

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularSwaggerSplitView

from sigma_api.views import NothingHere
from sigma_site.api import Schema

urlpatterns = [
    path("", include("accounts.api_urls")),
    path("", include("packs_app.api_urls")),
    path("", include("signals.api_urls")),
    path("schema", Schema.as_view(), name="api_schema"),
    path(
        "docs",
        SpectacularSwaggerSplitView.as_view(url_name="api_schema"),
        name="api_docs",
    ),
    re_path(r"^.*$", NothingHere.as_view()),
]
